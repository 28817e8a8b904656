"""Fine-tune a LoRA adapter: `python -m worker.finetune --recipe quiz --output DIR`.

Reads rows, trains, keeps the best epoch and writes the adapter with its card last.
Settings are those that measured best here; `--like` names others. docs/finetune.md
explains each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime

os.environ.setdefault("KERAS_BACKEND", "jax")


WRONG_INPUT = 2
CHECKPOINT = "checkpoint.safetensors"


def main(argv: list[str] | None = None) -> int:
    from worker.training import settings

    options = settings.parse(argv, __doc__)
    for name, value in vars(options).items():
        print(f"{name:>24}  {value}")
    from worker.adapter import Adapter, AdapterError
    from worker.presets import PresetError
    from worker.training import checkpoint, data, devices, plot, report

    devices.join_hosts()
    try:
        recipe, rows, encoded, backbone = prepare(options)
        run, progress = begin(options, backbone, encoded, data.fingerprint(rows))
    except (
        *(OSError, data.DataError, PresetError, AdapterError),
        *(devices.DevicesError, checkpoint.CheckpointError),
    ) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    started = time.monotonic()
    history = train(run, progress)
    seconds = time.monotonic() - started
    card = describe(options, recipe, rows, history, seconds)
    if not devices.is_first_host():
        return 0
    Adapter.from_backbone(backbone, card).save(
        options.output,
        {
            "history.json": json.dumps(asdict(history), indent=1).encode(),
            "history.png": plot.png(history),
            "report.html": report.page(card, history).encode(),
        },
    )
    run.checkpoint.remove()
    print(json.dumps(card["validation"] | {"best_epoch": card["best_epoch"]}))
    return promote(options) if options.promote else 0


def prepare(options: Namespace):
    """Recipe, rows, encoded groups for training and validation, backbone with LoRA."""
    import keras

    from worker.adapter import Adapter
    from worker.loading import use_compilation_cache
    from worker.presets import locate
    from worker.presets.backbone import load_tokenizer
    from worker.recipes import load_recipe
    from worker.training import base, data

    use_compilation_cache(options.data_dir)
    recipe = load_recipe(options.recipe)
    paths = options.data or recipe.TRAIN_FILES
    rows = [row for path in paths for row in recipe.read_rows(path)]
    parts = data.split(rows, options.validation_split, options.seed)
    print("rows: {} for training, {} for validation".format(*map(len, parts)))
    if not all(parts):
        raise data.DataError(
            "There must be rows to train on and rows to validate with. Give more rows "
            "or another --validation-split."
        )
    preset = locate(options.preset, options.data_dir)
    tokenizer = load_tokenizer(preset)
    encoded = [
        data.encode_pairs(
            [pair for row in part for pair in recipe.training_pairs(row)],
            tokenizer,
            sequence_length=options.sequence_length,
        )
        for part in parts
    ]
    keras.utils.set_random_seed(options.seed)
    start = options.start_from and Adapter.load(
        options.start_from,
        recipe=options.recipe,
        prompt_version=recipe.PROMPT_VERSION,
    )
    return recipe, rows, encoded, base.load(preset, options, start)


def begin(options: Namespace, backbone, encoded, fingerprint: str):
    """The `Run` that the options describe, and the `Progress` to go on from, if any."""
    import keras

    from worker.presets import name_of
    from worker.training import devices, schedule, settings
    from worker.training.checkpoint import Checkpoint
    from worker.training.fitting import Run
    from worker.training.lora import FEW_TOKENS, LoraTrainer
    from worker.training.plan import Plan

    training, validation = encoded
    spread = devices.choose(options.devices, options.model_parallel, options.batch_size)
    plan = Plan(
        groups=training,
        batch_size=options.batch_size,
        epochs=options.epochs,
        accumulate=options.accumulate,
        max_steps=options.max_steps,
        seed=options.seed,
        pack_length=options.sequence_length if options.pack else 0,
        parts=spread.data_parts,
    )
    rate = schedule.make_schedule(options, plan.steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=options.weight_decay)
    folder = options.output.with_name(options.output.name + ".run")
    identity = settings.described(options) | {
        "recipe": options.recipe,
        "preset": name_of(options.preset),
        "data": fingerprint,
    }
    kept = Checkpoint(folder / CHECKPOINT, identity)
    trainer = LoraTrainer(backbone, optimizer, spread, options.seed)
    if options.keep == "nothing":
        trainer.tokens_at_a_time = FEW_TOKENS
    run = Run(
        trainer=trainer,
        plan=plan,
        validation=validation,
        patience=options.early_stopping_patience,
        checkpoint=kept,
        checkpoint_steps=options.checkpoint_steps,
        rate=rate,
    )
    return run, kept.load() if options.resume else None


def train(run, progress):
    """The `History` of a fit with a progress bar; the best epoch's weights stay."""
    from tqdm import tqdm

    with tqdm(total=run.plan.steps, unit="step", file=sys.stderr) as bar:

        def report(history):
            bar.set_postfix(
                val_loss=f"{history.val_loss[-1]:.4f}",
                val_accuracy=f"{history.val_accuracy[-1]:.4f}",
            )

        run.tick, run.report = bar.update, report
        return run.fit(progress)


def describe(options: Namespace, recipe, rows, history, seconds: float):
    """The adapter's card: what it is for, what it was made of, how well it fits."""
    import jax
    import keras

    from worker.presets import name_of
    from worker.training import data, settings

    best = history.best_epoch
    return {
        "recipe": options.recipe,
        "prompt_version": recipe.PROMPT_VERSION,
        "preset": name_of(options.preset),
        "licence": "Gemma Terms of Use: a derivative of the base weights, see NOTICE",
        "settings": settings.described(options),
        "data": {"rows": len(rows), "fingerprint": data.fingerprint(rows)},
        "best_epoch": best + 1,
        "validation": {
            "loss": round(history.val_loss[best], 4),
            "token_accuracy": round(history.val_accuracy[best], 4),
        },
        "seconds": round(seconds, 1),
        "device": jax.devices()[0].device_kind,
        "devices": options.devices or jax.device_count(),
        "versions": {"jax": jax.__version__, "keras": keras.__version__},
        "made": datetime.now(UTC).date().isoformat(),
    }


def promote(options: Namespace) -> int:
    """Use the new adapter from now on, if it is not worse than the one in use."""
    from worker import promote

    return promote.main(
        [
            *("--adapter", str(options.output), "--recipe", options.recipe),
            *("--preset", options.preset, "--data-dir", str(options.data_dir)),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
