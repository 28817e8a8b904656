"""Put the parts of a maker together: preset, adapter, device."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from protocol import Recipe, WorkerPhase

DTYPES = BFLOAT16, INT8 = "bfloat16", "int8"
NO_ADAPTER = Path("none")  # the preset as it is, such as one that was fine-tuned whole

Report = Callable[[WorkerPhase, float], None]


def add_weights_option(parser: ArgumentParser) -> None:
    """`--weights`, whose default is the worker's setting WEIGHTS."""
    setting = os.environ.get("WEIGHTS") or BFLOAT16
    parser.add_argument(
        "--weights", type=_known, default=setting, help=" or ".join(DTYPES)
    )


def _known(dtype: str) -> str:
    """A default from the environment comes by here, too, which `choices` lets pass."""
    if dtype not in DTYPES:
        raise ArgumentTypeError(
            f"must be one of {', '.join(DTYPES)}. Received: {dtype!r}."
        )
    return dtype


def use_compilation_cache(data_dir: Path) -> None:
    """Keep compiled programs on disk, however quick they were to compile."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax

    if not jax.config.jax_compilation_cache_dir:
        jax.config.update("jax_compilation_cache_dir", str(data_dir / "compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def load_maker(
    recipe: str,
    preset: str,
    adapter: Path | None,
    data_dir: Path,
    report: Report = lambda phase, share: None,
    batch_size: int | None = None,
    dtype: str = BFLOAT16,
):
    """The maker of a recipe with weights loaded; `warm_up` is still to be called.

    Args:
        recipe: a name of `worker.recipes.NAMES`.
        preset: what `worker.presets.locate` takes.
        adapter: folder of its adapter, None or "none" for the preset as it is.
        data_dir: where preset and compiled programs are kept.
        report: called with the phase and its share done.
        batch_size: int, conversations at a time; None chooses by device.
        dtype: of the weights, one of `DTYPES`.

    Raises:
        PresetError, AdapterError: with what to do.
    """
    use_compilation_cache(data_dir)
    import jax

    from worker.adapter import Adapter
    from worker.model import Gemma
    from worker.presets import locate
    from worker.recipes import load_recipe
    from worker.siblings import class_of

    known = load_recipe(recipe)
    adapter = None if adapter == NO_ADAPTER else adapter
    weights = adapter and Adapter.load(
        adapter, recipe=known.NAME, prompt_version=known.PROMPT_VERSION
    )
    folder = locate(
        preset, data_dir, lambda share: report(WorkerPhase.PREPARING, share)
    )
    gemma = Gemma.load(
        folder,
        weights,
        cache=data_dir / "weights",
        dtype=dtype,
        on_cpu=jax.default_backend() == "cpu",
        batch_size=batch_size,
        progress=lambda share: report(WorkerPhase.LOADING, share),
    )
    return class_of(Recipe(recipe)).shipped(gemma)


def load_quiz_maker(*args, **kwargs):
    """`load_maker` of the quiz recipe."""
    return load_maker(Recipe.QUIZ, *args, **kwargs)
