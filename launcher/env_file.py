"""`make env`: a `.env` for docker compose, with fresh secrets filled in."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("SECRET_KEY", "REDIS_PASSWORD", "HOST_PASSWORD")


def filled(example: str) -> str:
    """The example with a new secret after each `NAME=` of `SECRETS`."""
    lines = []
    for line in example.splitlines():
        name, _, value = line.partition("=")
        if name in SECRETS and not value:
            line = f"{name}={secrets.token_urlsafe(32)}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def main(folder: Path = ROOT) -> int:
    """Write `.env` once. Returns 2 when there is one: it may hold live secrets."""
    target = folder / ".env"
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{target} is there already and was left as it is.", file=sys.stderr)
        return 2
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(filled((folder / ".env.example").read_text("utf-8")))
    print(
        f"Wrote {target}; hosts log in with its HOST_PASSWORD. "
        "Next: docker compose up --build"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
