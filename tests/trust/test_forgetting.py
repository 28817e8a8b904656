"""Nothing of a meeting outlives it: not in Redis, not in its file, not in a log."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis

from app.rows.files import read
from app.rows.records import Verdict, Wording
from app.rows.store import Rows
from protocol.keys import Keys
from tests.rows import as_file, draft
from tests.trust.stage import FOOD, Stage

ODDITIES = ("", "[skip]", "[garbage]", "[held]", "[raise]")


class Markers:
    """Strings that stand nowhere else."""

    def __init__(self) -> None:
        self.planted: list[str] = []

    def __call__(self, *_: object) -> str:
        self.planted.append(f"mark{len(self.planted):03d}er")
        return self.planted[-1]


def test_nothing_that_was_typed_is_left_after_the_meeting(
    stage: Callable[..., Stage],
) -> None:
    """A whole life with every failure; then everything on disk and in Redis is read."""
    product = stage(FAST_BATCH="4", LOG_FORMAT="json")
    mark = Markers()
    meeting = product.create([FOOD, f"{mark()} hobby?"], title=mark())
    for n in range(22):
        oddity = ODDITIES[n % len(ODDITIES)] if n < 11 else ""
        product.answer(meeting, mark(), f"{mark()} {oddity}")
    bring_trouble(product, meeting, mark)
    fill_studio(product, meeting, mark)
    review_rows(product, meeting, mark)
    product.settled(meeting)
    quiz = next(q for q in product.show(meeting) if q["status"] == "ready")
    review(product, meeting, quiz["id"], mark())
    assert len(mark.planted) >= 50
    redis = product.redis()
    assert found_in(everything(redis), mark.planted), "they are there before"
    never_logged = list(files(product.data / "logs", product.printed))
    product.delete(meeting)
    assert found_in(everything(redis), mark.planted) == set()
    product.until(lambda: not redis.exists(Keys.FORGETTING), 90)
    product.until(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])
    product.end()
    written = list(files(product.data, product.printed))
    assert any("appendonly" in str(path) for path, _ in written)
    for path, content in [*never_logged, *written]:
        assert found_in(content, mark.planted) == set(), path
        if "appendonly" not in str(path):
            assert meeting["host_token"].encode() not in content, path
            assert meeting["join_code"].encode() not in content, path


def bring_trouble(product: Stage, meeting: dict[str, str], mark: Markers) -> None:
    """Requests that are refused, in the API and on pages, with markers everywhere."""
    code = meeting["join_code"]
    for method, path, body in (
        ("POST", "/api/v1/meetings", {"title": mark() * 20}),
        ("POST", f"/api/v1/meetings/{code}/answers", {"name": mark()}),
        ("POST", f"/api/v1/meetings/{code}/answers", {mark(): [mark()]}),
        ("GET", f"/api/v1/meetings/{mark()}", None),
    ):
        assert product.site.ask(method, path, body)[0] in (400, 404)
    for path in (f"/s/{mark()}", f"/s/{code}?{mark()}", f"/host/{mark()}"):
        connection = http.client.HTTPConnection(urlsplit(product.site.url).netloc)
        connection.request("POST", path, f"name={mark()}", {"Cookie": mark()})
        assert connection.getresponse().status in (400, 404, 405)
        connection.close()


def fill_studio(product: Stage, meeting: dict[str, str], mark: Markers) -> None:
    """A word, an abstract and a conversation in which people answer, not a model."""
    path = f"/api/v1/meetings/{meeting['id']}/studio"
    token = f"Bearer {meeting['host_token']}"
    for body in (
        {"recipe": "slang", "context": mark(), "condition": mark()},
        {"recipe": "abstract", "summary": f"표본은 30명이다. {mark()}"},
        {"recipe": "chat", "child": mark(), "age": 6},
    ):
        status, item = product.site.ask("POST", path, body, Authorization=token)
        assert status == 201, item
    for text in (mark(), f"아빠가 나 때려써 {mark()}"):
        said = f"{path}/{item['id']}/messages"
        status, talk = product.site.ask(
            "POST", said, {"text": text}, Authorization=token
        )
        assert status == 202, talk

    def answered() -> bool:
        status, talk = product.site.ask(
            "GET", f"{path}/{item['id']}", Authorization=token
        )
        assert status == 200
        return [alert["kind"] for alert in talk["alerts"]] == ["abuse"]

    assert product.until(answered)


def review_rows(product: Stage, meeting: dict[str, str], mark: Markers) -> None:
    """Training rows that were edited by two, dropped, and others in their place."""
    rows = Rows(product.redis())
    for number in (1, 2):
        rows.drop(meeting["id"])
        options = [mark() for _ in range(4)]
        one = draft(number, answer=mark(), quiz_question=mark(), options=options)
        [row] = read(as_file([one])).rows
        rows.add(meeting["id"], [row])
        words = Wording(quiz_question=mark(), options=tuple(options), correct=2)
        edit = Verdict(verdict="edit", wording=words)
        for reviewer in ("host", "second"):
            rows.decide(meeting["id"], reviewer, row.id, edit)


def review(product: Stage, meeting: dict[str, str], quiz: str, text: str) -> None:
    """Edit a quiz, then have it made again: the words stay as the earlier quiz."""
    path = f"/api/v1/meetings/{meeting['id']}/quizzes/{quiz}"
    token = f"Bearer {meeting['host_token']}"
    body = {"question": f"{text}?", "options": [text, "b", "c", "d"], "answer": 1}
    assert product.site.ask("PATCH", path, body, Authorization=token)[0] == 200
    again = product.site.ask("POST", f"{path}/regenerate", Authorization=token)
    assert again[0] == 202
    product.settled(meeting)


def everything(redis: Redis) -> bytes:
    """All keys, as text and as Redis would write them to a file."""
    parts = []
    for key in redis.scan_iter(count=500):
        parts += [key, redis.dump(key) or b"", repr(_read(redis, key)).encode()]
    return b"\n".join(parts)


def _read(redis: Redis, key: bytes) -> object:
    readers: dict[bytes, Callable[[bytes], object]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda name: redis.lrange(name, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda name: redis.zrange(name, 0, -1),
        b"stream": redis.xrange,
    }
    kind = redis.type(key)
    return readers[kind](key) if kind in readers else None


def files(*places: Path) -> Iterator[tuple[Path, bytes]]:
    for place in places:
        for path in [place, *place.rglob("*")]:
            if path.is_file():
                yield path, path.read_bytes()


def found_in(content: bytes, markers: list[str]) -> set[str]:
    return {marker for marker in markers if marker.encode() in content}
