"""The whole way of docs/dataset.md, by its own commands: from pages to an adapter."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.meetings import Meetings
from tests.dataset import blog, chat_server
from tests.dataset.site import a_hundred, addresses, served, spread
from tests.e2e import samples
from tests.e2e.conftest import Visit
from tests.e2e.product import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.model]
OWN = 2  # drafts by our own model; the others are a stand-in's
# What a test adds to a documented command, so that it ends today.
SMALLER = {
    "collect": ["--delay", "0.02"],
    "finetune": [
        *("--max-steps", "2", "--batch-size", "2", "--rank", "4"),
        *("--validation-split", "0.01"),
    ],
    "evaluate": ["--limit", "1"],
}


@pytest.fixture
def folder(tmp_path: Path, model_dir: Path, monkeypatch) -> Path:
    """An empty folder to work in, with the model at hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(model_dir))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    return tmp_path


@pytest.fixture
def shelf(visit: Callable[..., Visit], site: str, store: Meetings) -> Page:
    """The window of a host, where rows to review are brought in."""
    meeting, token = samples.nobody(store, "ko")
    page = visit().page
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()
    page.goto(f"{site}/host/{meeting.id}/studio/rows")
    return page


def documented() -> Iterator[list[str]]:
    """Module and arguments of each command in the first block of docs/dataset.md."""
    text = (ROOT / "docs" / "dataset.md").read_text("utf-8")
    block = re.search(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]
    for line in block.splitlines():
        if not line.startswith("#"):
            python, _, *command = shlex.split(line)
            assert python == "python"
            yield command


def run(command: list[str], *more: str) -> None:
    """`python -m` without another interpreter, so that JAX compiles once."""
    module, *arguments = command
    name = f"{module}.__main__" if module == "worker.dataset" else module
    smaller = SMALLER.get(arguments[0], SMALLER.get(module.removeprefix("worker."), []))
    code = importlib.import_module(name).main([*arguments, *smaller, *more])
    assert code == 0, command


def test_a_hundred_pages_become_a_measured_adapter(
    folder: Path, shelf: Page, app: Flask
) -> None:
    commands = list(documented())
    assert [" ".join(one[:2]) for one in commands] == [
        *("worker.dataset collect", "worker.dataset draft", "worker.dataset check"),
        *("worker.dataset check", "worker.dataset export"),
        *("worker.finetune --recipe", "worker.evaluate --recipe"),
    ]
    gather, draft, check, check_again, *rest = commands
    pages = a_hundred()
    collect(gather, pages, folder)
    write_drafts(draft, pages, folder)
    run(check)
    checked = blog.load(folder / "checked.jsonl")
    assert 240 < len(checked) < len(blog.load(folder / "drafts.jsonl"))
    judge(shelf, checked, folder)
    run(check_again)
    for command in rest:
        run(command)
    look_at(folder)


def collect(command: list[str], pages: list[blog.Listed], folder: Path) -> None:
    sites = spread(pages)
    with served(*sites) as at:
        (folder / "pages.txt").write_text("\n".join(addresses(sites, at)), "utf-8")
        run(command)
    text = (folder / "candidates.jsonl").read_text("utf-8")
    assert text.count("\n") > 240
    assert not any(contact in text for contact in ("010-4821", "june.park@"))


def write_drafts(command: list[str], pages: list[blog.Listed], folder: Path) -> None:
    """The first ones by our own worker; then a server goes on from there."""
    run(command, "--limit", str(OWN))
    known = [row for page in pages for row in page.rows]
    with chat_server.serving(chat_server.Model(rows=known)) as at:
        run(command, "--endpoint", at, "--model", "stand-in")
    drafts = blog.load(folder / "drafts.jsonl")
    by = Counter(row["drafted_by"] for row in drafts)
    assert by["gemma3_270m with quiz"] <= OWN
    assert by.total() == len(blog.load(folder / "candidates.jsonl"))


def judge(page: Page, rows: list[dict], folder: Path) -> None:
    """Bring the rows in, decide about each with the keyboard, take them home."""
    page.set_input_files("#file", folder / "checked.jsonl")
    page.click("#upload")
    expect(page.locator("#report")).to_contain_text(f"{len(rows)}줄을 가져왔어요")
    page.click("#review")
    page.wait_for_load_state()
    for number, row in enumerate(rows):
        at = page.locator(f"#row[data-row='{row['id']}']")
        at.wait_for()
        if number % 40 == 7:
            page.keyboard.press("e")
            page.keyboard.type(" (고침)")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("2")
            page.keyboard.press("r" if number % 9 == 5 else "a")
    expect(page.locator("#none")).to_be_visible()
    page.goto(page.url.split("/review")[0])
    with page.expect_download() as taken:
        page.click("#download")
    taken.value.save_as(folder / "reviewed.jsonl")


def look_at(folder: Path) -> None:
    """What came out at the end rests on what was accepted, and on nothing else."""
    reviewed = blog.load(folder / "reviewed.jsonl")
    verdicts = Counter(row["review"]["verdict"] for row in reviewed)
    assert set(verdicts) == {"accept", "edit", "reject"}
    edited = [row for row in reviewed if row["review"]["verdict"] == "edit"]
    assert all(row["quiz_question"].endswith("(고침)") for row in edited)
    card = json.loads((folder / "out/quiz/adapter.json").read_text("utf-8"))
    assert card["data"]["rows"] == verdicts["accept"] + verdicts["edit"] > 200
    evaluation = json.loads((folder / "evaluation.json").read_text("utf-8"))
    assert evaluation["rows"] == 1
    assert evaluation["metrics"]["all"]["right_key"]["n"] == 1
