"""A folder is a process: what each of them may bring into memory."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = {"jax", "jaxlib", "keras", "keras_hub", "numpy", "worker"}
PAGES = {"flask", "gspread", "gunicorn", "app"}


def modules(folder: str) -> list[str]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names]


def imported_names(folder: str) -> dict[str, set[str]]:
    """Top-level packages that each file of `folder` imports, wherever in the file."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        names = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
        found[str(path.relative_to(ROOT))] = names
    return found


def test_the_whole_web_process_brings_no_model():
    names = ", ".join(modules("app"))
    code = (
        f"import {names}\nimport psutil, sys\n"
        f"print(sorted({MODEL} & set(sys.modules)))\n"
        "print(psutil.Process().memory_info().rss)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert printed.returncode == 0, printed.stderr
    brought, memory = printed.stdout.split("\n")[:2]
    assert brought == "[]"
    assert int(memory) < 150e6


@pytest.mark.parametrize(
    ("folder", "foreign"),
    [("app", MODEL), ("worker", PAGES), ("launcher", MODEL | PAGES)],
)
def test_no_process_imports_another(folder, foreign):
    for path, names in imported_names(folder).items():
        assert not names & foreign, path


def test_protocol_imports_the_standard_library_only():
    for path, names in imported_names("protocol").items():
        assert names <= sys.stdlib_module_names, path


def test_gspread_has_one_home():
    homes = [
        path for path, names in imported_names("app").items() if "gspread" in names
    ]
    assert homes in ([], ["app/sources/google_sheet.py"])
