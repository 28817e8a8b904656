"""Export a model: `python -m worker.export --adapter DIR --format hf --output OUT`.

hf      a folder for transformers and vLLM, the adapter merged into the weights
peft    the adapter alone, for PEFT on the base model's folder
gguf    one file for llama.cpp and Ollama, the adapter merged into the weights

Every folder has a model card, README.md, and what Gemma's terms ask to be passed on.
Without --adapter the base model itself is exported. Memory: four bytes for each of the
model's parameters, two with --dtype bfloat16 or float16.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")  # nothing is computed here but sums

WRONG_INPUT = 2
FORMATS = ("hf", "peft", "gguf")
DEFAULT_DTYPES = {"hf": "bfloat16", "peft": "float32", "gguf": "float32"}


class OutputError(ValueError):
    """The output folder cannot be used; the text says what to do."""


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    from worker.export import hugging_face, llama

    parser = argparse.ArgumentParser(
        prog="python -m worker.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--format", choices=FORMATS, required=True)
    add("--adapter", type=Path, help="folder of worker.finetune; none: the base model")
    add("--preset", help="default: the one the adapter was trained on")
    add("--output", type=Path, required=True, help="folder, which must not exist")
    add("--dtype", choices=hugging_face.DTYPES, help="of the weights; see docs")
    add("--gguf-type", choices=llama.TYPES, default="q8_0")
    add("--base-model", help="the base model's name for PEFT and the card")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    options = parser.parse_args(argv)
    if options.format == "peft" and not options.adapter:
        parser.error("--format peft needs --adapter.")
    options.dtype = options.dtype or DEFAULT_DTYPES[options.format]
    return options


def main(argv: list[str] | None = None) -> int:
    options = parse_arguments(argv)
    from worker.adapter import AdapterError
    from worker.export.llama import NotForLlama
    from worker.presets import PresetError

    try:
        written = export(options)
    except (OSError, OutputError, PresetError, AdapterError, NotForLlama) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    for file in sorted(written.iterdir()):
        print(f"{file.stat().st_size:>15,}  {file}")
    return 0


def export(options: argparse.Namespace) -> Path:
    """The output folder; it appears under its name only when it is complete."""
    from worker.export import card, tensors
    from worker.presets import locate
    from worker.presets.backbone import load_backbone, load_tokenizer

    if options.output.exists():
        raise OutputError(
            f"--output must be a folder that does not exist yet. Received: "
            f"{str(options.output)!r}. Remove it or choose another name."
        )
    adapter = read_adapter(options.adapter) if options.adapter else None
    made_on = adapter.card["preset"] if adapter else "gemma3_270m"
    options.preset = options.preset or made_on
    preset = locate(options.preset, options.data_dir)
    backbone = load_backbone(preset, options.dtype)
    if adapter:
        tensors.check_fit(adapter, backbone)
    partial = options.output.with_name(options.output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    options.base_model = options.base_model or card.base_model(options.preset)
    write = {"hf": write_hf, "peft": write_peft, "gguf": write_gguf}[options.format]
    write(partial, options, backbone, load_tokenizer(preset), adapter)
    card.write(partial, options, adapter)
    for file in partial.iterdir():
        file.chmod(0o644)  # safetensors makes its files the owner's alone
    partial.rename(options.output)
    return options.output


def read_adapter(folder: Path):
    """The adapter in `folder`, whatever its recipe.

    Raises:
        AdapterError: if it is not whole, or its recipe has another prompt today.
    """
    from worker.adapter import CARD, Adapter
    from worker.recipes import NAMES, load_recipe

    recipe = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        recipe = json.loads((folder / CARD).read_text(encoding="utf-8")).get("recipe")
    version = load_recipe(recipe).PROMPT_VERSION if recipe in NAMES else None
    return Adapter.load(folder, recipe=recipe, prompt_version=version)


def write_hf(folder: Path, options, backbone, tokenizer, adapter) -> None:
    from worker.export import hugging_face, pieces, tensors

    hugging_face.write_configuration(folder, backbone, tokenizer, options.dtype)
    pieces.write_tokenizer(folder, pieces.pieces_of(tokenizer))
    weights = tensors.tensors(backbone, adapter)
    hugging_face.write_weights(folder, weights, options.dtype)


def write_peft(folder: Path, options, backbone, tokenizer, adapter) -> None:
    from worker.export import peft

    peft.write(folder, adapter, options.base_model, options.dtype)


def write_gguf(folder: Path, options, backbone, tokenizer, adapter) -> None:
    from worker.export import card, llama, tensors

    llama.write(
        folder / card.gguf_name(options),
        backbone,
        tokenizer,
        tensors.tensors(backbone, adapter),
        name=options.output.name,
        gguf_type=options.gguf_type,
    )


if __name__ == "__main__":
    sys.exit(main())
