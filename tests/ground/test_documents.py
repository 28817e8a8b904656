"""The front door: README tree, links, and .env.example say what is there."""

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest

from app.config import WebConfig
from launcher.config import LauncherConfig
from worker.config import WorkerConfig

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "README.ko.md", "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]
# Settings that no dataclass reads: by gunicorn, by docker compose, or as NAME_FILE.
OTHERS = {"WEB_CONCURRENCY", "COMPOSE_PROFILES", "REDIS_PASSWORD"}
OTHERS |= {"SECRET_KEY_FILE", "HOST_PASSWORD_FILE", "METRICS_TOKEN_FILE"}
SETTINGS = [
    field
    for config in (WebConfig, WorkerConfig, LauncherConfig)
    for field in fields(config)
]


def example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text("utf-8")
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.M))


def tree() -> dict[str, str]:
    """Per top-level folder: its lines of the README's tree."""
    text = (ROOT / "README.md").read_text("utf-8")
    block = text.split("## Where things are")[1].split("```")[1]
    found: dict[str, str] = {}
    for line in block.strip().splitlines():
        if top := re.match(r"(\w+)/", line):
            found[top[1]] = ""
        if found:
            found[list(found)[-1]] += line + "\n"
    return found


@pytest.mark.parametrize("folder", ["app", "worker", "launcher"])
def test_readme_tree_names_every_module_and_no_other(folder):
    named = set(re.findall(r"(?<![\w/])(\w+\.py)\b", tree()[folder]))
    there = {path.name for path in (ROOT / folder).rglob("*.py")} - {"__init__.py"}
    assert named - {"__init__.py"} == there, "README.md, Where things are"


def test_env_example_has_every_setting_and_no_other():
    assert set(example()) == {field.name.upper() for field in SETTINGS} | OTHERS


@pytest.mark.parametrize("field", SETTINGS, ids=lambda field: field.name)
def test_env_example_shows_the_default(field: Field):
    shown = example()[field.name.upper()]
    if shown and field.default is not MISSING:
        default = field.default
        spelt = str(default).lower() if isinstance(default, bool) else str(default)
        assert shown == spelt


@pytest.mark.parametrize("name", DOCUMENTS, ids=str)
def test_links_lead_somewhere(name):
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_committed_text_names_no_place_of_ours():
    """Folders of the machine it was written on, and package hosts, stay out."""
    places = re.compile("/" + r"(work|opt/pypi|tmp/scratch)/|files\.python" + "hosted")
    for pattern in ("*", "docs/*", "requirements/*", "launcher/*", "app/**/*.py"):
        for path in ROOT.glob(pattern):
            if path.is_file() and not path.name.startswith(".env"):
                text = path.read_text("utf-8", errors="ignore")
                assert not places.search(text), path
