"""What all benchmarks share: the machine in words, medians, tables in a document."""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"


def parser(doc: str) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--repeat", type=int, default=3, help="runs; the median counts")
    made.add_argument("--write", action="store_true", help="into docs/performance.md")
    made.add_argument(
        "--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var")
    )
    return made


def without_tensorflow() -> None:
    """Let KerasHub find no TensorFlow, wherever one is installed; it starts faster."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    for name in ("tensorflow", "tensorflow_text"):
        sys.modules.setdefault(name, None)


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def in_turns(sides: dict[str, Callable[[], object]], repeat: int) -> dict[str, float]:
    """Median seconds of each side; they take turns, so that noise hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeat):
        for name, run in sides.items():
            seconds[name].append(timed(run))
    return {name: statistics.median(values) for name, values in seconds.items()}


def machine(*packages: str, device: str = "") -> str:
    """Processor, cores, Python and the versions of packages, in a line."""
    cores = len(os.sched_getaffinity(0))
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    parts = [device or f"{cores} cores of {_processor()}", ", ".join(versions)]
    load = os.getloadavg()[0]
    return "; ".join([*parts, f"load average {load:.1f}", time.strftime("%Y-%m-%d")])


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*: (.*)", text)
    return found[1].strip() if found else platform.machine()


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers with three digits that count."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def publish(name: str, text: str, write: bool, document: Path = DOCUMENT) -> None:
    """Print a result, and put it between the marks of its name in the document.

    Raises:
        ValueError: if the document has no such marks.
    """
    print(text)
    if not write:
        return
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, mark, rest = document.read_text(encoding="utf-8").partition(begin)
    if not mark or end not in rest:
        raise ValueError(f"{document} must have {begin} and {end}.")
    after = rest[rest.index(end) :]
    document.write_text(f"{before}{begin}\n{text}\n{after}", encoding="utf-8")
