"""Processes die, files end in the middle: every accepted answer has one outcome."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from launcher.valkey import Valkey
from tests.ground.running import until
from tests.trust.stage import Stage


def test_an_answer_that_kills_its_worker_each_time_costs_only_itself(
    stage: Callable[..., Stage],
) -> None:
    product = stage()
    meeting = product.create()
    for n in range(12):
        product.answer(meeting, f"P{n}", "poison [kill]" if n == 4 else f"soup {n}")
    found = product.settled(meeting)
    assert found.pop("P4") == "crashed"
    assert set(found.values()) == {"ready"} and len(found) == 11


def test_what_the_model_cannot_do_is_told_answer_by_answer(
    stage: Callable[..., Stage],
) -> None:
    product = stage(FAST_TIMEOUT="2")
    meeting = product.create()
    for name, text in {
        "fine": "soup",
        "raises": "a [raise] b",
        "writes garbage": "a [garbage] b",
        "hangs": "a [hang] b",
        "also fine": "tea",
    }.items():
        product.answer(meeting, name, text)
    assert product.settled(meeting) == {
        "fine": "ready",
        "raises": "model_error",
        "writes garbage": "unparsable",
        "hangs": "crashed",
        "also fine": "ready",
    }


def test_each_process_may_die_while_people_answer(stage: Callable[..., Stage]) -> None:
    """kill -9 of worker, web and store, then SIGTERM; the launcher brings them back."""
    product = stage(FAST_SECONDS="0.2")
    meeting = product.create()
    deaths = {
        5: ("worker", signal.SIGKILL),
        10: ("valkey", signal.SIGKILL),
        15: ("web", signal.SIGKILL),
        20: ("worker", signal.SIGTERM),
    }
    for n in range(25):
        if n in deaths:
            product.strike(*deaths[n])
        product.answer(meeting, f"P{n}", f"soup {n}")
    found = product.settled(meeting)
    assert found == {f"P{n}": "ready" for n in range(25)}


@contextmanager
def server(folder: Path) -> Iterator[Redis]:
    """The embedded Valkey of this data folder, ended by kill -9."""
    valkey = Valkey(folder)
    program = valkey.program()
    process = subprocess.Popen(
        program.command, cwd=program.folder, stdout=subprocess.DEVNULL
    )
    try:
        until(valkey.answers)
        with Redis(unix_socket_path=str(valkey.socket)) as redis:
            yield redis
    finally:
        process.kill()
        process.wait()
        os.close(valkey.lock)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="icebreaker-") as name:
        yield Path(name)


def incremental(folder: Path) -> Path:
    """The file that the newest commands are appended to."""
    [path] = (folder / "valkey" / "appendonlydir").glob("*.incr.aof")
    return path


@pytest.mark.parametrize("cut", [1, 9, 25])
def test_after_a_power_cut_in_the_middle_of_a_record_only_the_last_is_missing(
    folder: Path, cut: int
) -> None:
    with server(folder) as redis:
        for n in range(50):
            redis.set(f"key{n:02d}", f"value{n:02d}")
    file = incremental(folder)
    os.truncate(file, file.stat().st_size - cut)
    with server(folder) as redis:
        assert {f"key{n:02d}".encode() for n in range(49)} == set(redis.keys())
        redis.set("new", "yes")
    with server(folder) as redis:
        assert redis.get("new") == b"yes"


def test_a_copy_of_the_folder_is_a_backup(folder: Path) -> None:
    """docs/operations.md: rewrite the file, copy the folder, put it back."""
    data, restored = folder / "data", folder / "restored"
    data.mkdir()
    with server(data) as redis:
        redis.hset("icebreaker:meeting:a", "title", "월요일")
        redis.bgrewriteaof()
        until(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])
        shutil.copytree(
            data / "valkey" / "appendonlydir", folder / "backup" / "appendonlydir"
        )
        redis.flushall()
    shutil.copytree(folder / "backup", restored / "valkey")
    with server(restored) as redis:
        assert redis.hget("icebreaker:meeting:a", "title").decode() == "월요일"


def test_a_dump_of_a_redis_of_ones_own_is_a_backup(folder: Path) -> None:
    """docs/operations.md: `redis-cli --rdb` writes what `SAVE` writes."""
    with server(folder) as redis:
        redis.hset("icebreaker:meeting:a", "title", "월요일")
        redis.expire("icebreaker:meeting:a", 1000)
        redis.save()
    dump = folder / "valkey" / "dump.rdb"
    restored = folder / "restored"
    (restored / "valkey").mkdir(parents=True)
    shutil.copy(dump, restored / "valkey")
    valkey = Valkey(restored)
    command = [*valkey.program().command, "--appendonly", "no"]
    process = subprocess.Popen(
        command, cwd=restored / "valkey", stdout=subprocess.DEVNULL
    )
    try:
        until(valkey.answers)
        redis = Redis(unix_socket_path=str(valkey.socket))
        redis.config_set("appendonly", "yes")
        until(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])
        assert 0 < redis.ttl("icebreaker:meeting:a") <= 1000
        redis.close()
    finally:
        process.kill()
        process.wait()
        os.close(valkey.lock)
    with server(restored) as redis:
        assert redis.hget("icebreaker:meeting:a", "title").decode() == "월요일"


def test_a_damaged_file_is_refused_and_not_silently_emptied(folder: Path) -> None:
    with server(folder) as redis:
        for n in range(50):
            redis.set(f"key{n:02d}", f"value{n:02d}")
    file = incremental(folder)
    content = bytearray(file.read_bytes())
    middle = content.index(b"key10")
    content[middle - 5 : middle] = b"\0\0\0\0\0"
    file.write_bytes(content)
    valkey = Valkey(folder)
    done = subprocess.run(
        valkey.program().command, cwd=folder / "valkey", capture_output=True, timeout=20
    )
    os.close(valkey.lock)
    assert done.returncode == 1 and b"Bad file format" in done.stdout
    assert file.read_bytes() == bytes(content)
