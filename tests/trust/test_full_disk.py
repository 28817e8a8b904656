"""No space is left for the append-only file: nothing new is taken, nothing is lost."""

from __future__ import annotations

import http.client
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.trust.stage import FOOD, Stage

DISK_BYTES = 8 * 2**20
EARLY = [f"early {n}" for n in range(20)]


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small file system of its own; only root may mount one."""
    with tempfile.TemporaryDirectory(prefix="icebreaker-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", name]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            pytest.skip("a disk can be filled only where one may be mounted (root)")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


@pytest.fixture
def product(disk: Path) -> Iterator[Stage]:
    """The product with its data folder on the small disk."""
    started = Stage(disk / "data", {"FAST_SECONDS": "0.3"})
    try:
        started.site.wait_until_ready(60)
        yield started
    finally:
        (disk / "ballast").unlink(missing_ok=True)
        assert started.end() == 0


def test_a_full_disk_refuses_answers_and_keeps_the_accepted_ones(
    product: Stage, disk: Path
) -> None:
    """Full while quizzes are being made; some seconds later there is space again."""
    meeting = product.create(language="ko")
    code = meeting["join_code"]
    for name in EARLY:
        product.answer(meeting, name, "soup")
    product.until(lambda: fill(disk / "ballast") and not takes(product, meeting))
    told = "지금은 저장하거나 불러올 수 없어요"
    product.until(lambda: told in page_of(product, f"/s/{code}"))
    for _ in range(3):
        time.sleep(1)
        assert not takes(product, meeting)
    assert product.site.ask("GET", "/healthz")[0] == 200

    (disk / "ballast").unlink()
    product.answer(meeting, "late", "tea")
    found = product.settled(meeting)
    assert {found[name] for name in [*EARLY, "late"]} == {"ready"}
    assert "Logging error" not in product.printed.read_text()


def fill(path: Path) -> int:
    """Take all the space there is, to the last byte. Returns the file's size.

    Once is not enough: Valkey may just be removing a file that it has written anew.
    """
    with path.open("ab", buffering=0) as file:
        for size in (2**16, 2**10, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
        return file.tell()


def takes(product: Stage, meeting: dict[str, str]) -> bool:
    """Is another answer accepted? It is long: a short one may find its last bytes."""
    path = f"/api/v1/meetings/{meeting['join_code']}/answers"
    name = f"curious {time.monotonic_ns()}"
    body = {"name": name, "answers": [{"question": FOOD, "answer": "soup " * 90}]}
    status, _ = product.site.ask("POST", path, body)
    assert status in (201, 503)
    return status == 201


def page_of(product: Stage, path: str) -> str:
    connection = http.client.HTTPConnection(urlsplit(product.site.url).netloc)
    connection.request("GET", path, headers={"Accept-Language": "ko"})
    page = connection.getresponse().read().decode()
    connection.close()
    return page
