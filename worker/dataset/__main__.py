"""`python -m worker.dataset {collect,draft,check,export}`; each has its `--help`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from worker.training.files import DataError

os.environ.setdefault("KERAS_BACKEND", "jax")

WRONG_INPUT = 2
INTERRUPTED = 130
COMMANDS = {
    "collect": "pages to candidates: a question and what somebody answered to it",
    "draft": "candidates to drafts: a four-option question about each answer",
    "check": "look for rows that are broken, doubled, leaking or mislabelled",
    "export": "reviewed drafts as CSV, JSONL or a Hugging Face dataset",
}


def main(argv: list[str] | None = None) -> int:
    """0, or what the command tells; 2 for an input that cannot be used."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="python -m worker.dataset",
        description="From public pages to rows to train with. See docs/dataset.md.",
    )
    known = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        added = known.add_parser(name, help=text, description=text.capitalize() + ".")
        if arguments[:1] == [name]:
            importlib.import_module(f"worker.dataset.{name}").add_options(added)
    options = parser.parse_args(arguments)
    command = importlib.import_module(f"worker.dataset.{options.command}")
    try:
        return command.run(options)
    except (OSError, DataError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
