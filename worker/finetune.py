"""Fine-tune a LoRA adapter: `python -m worker.finetune --recipe quiz --output DIR`.

Reads rows, trains, keeps the best epoch and writes the adapter with its card last.
The defaults are the seed model's; `runs/quiz.sh` has the settings that measured best
on the embedded model.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")


WRONG_INPUT = 2


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    from worker.adapter import TARGETS
    from worker.recipes import NAMES

    parser = argparse.ArgumentParser(
        prog="python -m worker.finetune", description=__doc__
    )
    add = parser.add_argument
    add("--recipe", choices=NAMES, default="quiz")
    add("--data", type=Path, nargs="+", help="JSONL or CSV files")
    add("--preset", default="gemma3_270m", help="name or folder")
    add("--output", type=Path, required=True, help="folder of the adapter")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR", "var")))
    add("--rank", type=int, default=8)
    add("--targets", nargs="+", default=["query", "value"], choices=TARGETS)
    add("--learning-rate", type=float, default=2e-5)
    add("--schedule", choices=("constant", "cosine"), default="constant")
    add("--weight-decay", type=float, default=0.01)
    add("--epochs", type=int, default=20)
    add("--batch-size", type=int, default=16)
    add("--sequence-length", type=int, default=512)
    add("--validation-split", type=float, default=0.1)
    add("--early-stopping-patience", type=int, default=5)
    add("--seed", type=int, default=0)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse_arguments(argv)
    for name, value in vars(options).items():
        print(f"{name:>24}  {value}")
    from worker.adapter import Adapter, AdapterError
    from worker.presets import PresetError
    from worker.training import data, plot

    try:
        recipe, rows, encoded, backbone = prepare(options)
    except (OSError, data.DataError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    started = time.monotonic()
    trainer, history = train(options, backbone, *encoded)
    seconds = time.monotonic() - started
    card = describe(options, recipe, rows, history, seconds)
    Adapter.from_backbone(backbone, card, trainer.value_of).save(
        options.output,
        {
            "history.json": json.dumps(asdict(history), indent=1).encode(),
            "history.png": plot.png(history),
        },
    )
    print(json.dumps(card["validation"] | {"best_epoch": card["best_epoch"]}))
    return 0


def prepare(options: argparse.Namespace):
    """Recipe, rows, encoded groups for training and validation, backbone with LoRA."""
    import jax
    import keras

    from worker.presets import locate
    from worker.presets.backbone import load_backbone, load_tokenizer
    from worker.recipes import load_recipe
    from worker.training import data, lora

    recipe = load_recipe(options.recipe)
    paths = options.data or recipe.TRAIN_FILES
    rows = [row for path in paths for row in recipe.read_rows(path)]
    parts = data.split(rows, options.validation_split, options.seed)
    print("rows: {} for training, {} for validation".format(*map(len, parts)))
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
    on_cpu = jax.default_backend() == "cpu"
    backbone = load_backbone(preset, "float32" if on_cpu else "bfloat16")
    keras.utils.set_random_seed(options.seed)
    backbone.enable_lora(options.rank, target_layer_names=options.targets)
    if not on_cpu:
        lora.recompute(backbone)
    return recipe, rows, encoded, backbone


def train(options: argparse.Namespace, backbone, training, validation):
    """The trainer and the `History` of a fit, with a progress bar."""
    import keras
    from tqdm import tqdm

    from worker.training.data import count_batches
    from worker.training.lora import LoraTrainer

    steps = count_batches(training, options.batch_size)
    rate = options.learning_rate
    if options.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            0.0,
            steps * options.epochs,
            warmup_target=rate,
            warmup_steps=max(1, steps // 3),
        )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=options.weight_decay)
    with tqdm(total=steps * options.epochs, unit="step", file=sys.stderr) as bar:

        def report(history):
            bar.set_postfix(
                val_loss=f"{history.val_loss[-1]:.4f}",
                val_accuracy=f"{history.val_accuracy[-1]:.4f}",
            )

        trainer = LoraTrainer(backbone, optimizer)
        return trainer, trainer.fit(
            training,
            validation,
            batch_size=options.batch_size,
            epochs=options.epochs,
            patience=options.early_stopping_patience,
            seed=options.seed,
            tick=bar.update,
            report=report,
        )


def describe(options: argparse.Namespace, recipe, rows, history, seconds: float):
    """The adapter's card: what it is for, what it was made of, how well it fits."""
    import jax
    import keras

    from worker.training import data

    best = history.best_epoch
    paths = ("data", "output", "data_dir", "preset", "recipe")
    return {
        "recipe": options.recipe,
        "prompt_version": recipe.PROMPT_VERSION,
        "preset": Path(options.preset).name,
        "licence": "Gemma Terms of Use: a derivative of the base weights, see NOTICE",
        "settings": {k: v for k, v in vars(options).items() if k not in paths},
        "data": {"rows": len(rows), "fingerprint": data.fingerprint(rows)},
        "best_epoch": best + 1,
        "validation": {
            "loss": round(history.val_loss[best], 4),
            "token_accuracy": round(history.val_accuracy[best], 4),
        },
        "seconds": round(seconds, 1),
        "device": jax.devices()[0].device_kind,
        "versions": {"jax": jax.__version__, "keras": keras.__version__},
        "made": datetime.now(UTC).date().isoformat(),
    }


if __name__ == "__main__":
    sys.exit(main())
