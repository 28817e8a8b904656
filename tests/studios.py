"""A studio with something in it, as a worker would have left it."""

from __future__ import annotations

import json
import time
from typing import Any

from flask import Flask

from app import access
from app.meetings import Meeting, Meetings
from app.studio.orders import paper_order, talk_order, word_order
from app.studio.store import new_id
from protocol import StudioJob
from protocol.keys import Keys

RAIN = "점심시간에만 비가 그쳐요."
SUMMARY = "표본 30명에서 새 방법이 오차를 12 % 줄였다."
WORD = {
    "proposals": [
        {
            "slang": "점심갬",
            "description": "점심시간에만 날이 개는 일.",
            "example": "가: 우산 챙겼어? 나: 괜찮아, 점심갬이잖아.",
            "checks": {"new": True, "used_in_example": True, "inoffensive": True},
        },
        {
            "slang": "비쉼표",
            "description": "비가 잠깐 쉬는 사이.",
            "example": "지금이 비쉼표니까 얼른 나가자.",
            "checks": {"new": False, "used_in_example": True, "inoffensive": True},
        },
    ]
}
PAPER = {
    "text": "본 연구는 표본 31명을 대상으로 하였다. 새 방법은 오차를 12 % 줄였다.",
    "unsupported": [{"start": 9, "end": 12, "text": "31명", "kind": "number"}],
    "dropped": ["만족도는 두 배가 되었다."],
    "missing": [{"kind": "number", "text": "30명", "start": 3, "end": 6}],
}
HIT = "아빠가 나 때려써"
COMFORT = "말해 줘서 고마워. 네 잘못이 아니야. 112에 전화할 수 있어."


def order_word(store: Meetings, meeting: Meeting, context: str = RAIN) -> str:
    return store.studio.add(meeting.id, word_order(context, "", meeting.language))


def order_paper(store: Meetings, meeting: Meeting, summary: str = SUMMARY) -> str:
    return store.studio.add(meeting.id, paper_order(summary))


def order_talk(app: Flask, meeting: Meeting, persona: str = "sudagom") -> str:
    """A conversation with 은채; the child's link is `access.talk_token`'s."""
    item_id = new_id()
    with app.app_context():
        token = access.talk_token(meeting.id, item_id)
    order = talk_order("은채", 6, "girl", persona)
    store: Meetings = app.extensions["meetings"]
    return store.studio.add(meeting.id, order, item_id, token)


def record_of(store: Meetings, meeting: Meeting, item_id: str) -> dict[str, Any]:
    stored = store.redis.hget(Keys.studio(meeting.id), item_id)
    assert stored, "this item is gone"
    return json.loads(stored)


def fill(
    store: Meetings,
    meeting: Meeting,
    item_id: str,
    status: str = "ready",
    revision: int | None = None,
    **results: Any,
) -> bool:
    """Write results as a worker does: at the revision it took, or not at all."""
    record = record_of(store, meeting, item_id)
    if revision not in (None, record["revision"]):
        return False
    record |= results | {"status": status}
    store.redis.hset(Keys.studio(meeting.id), item_id, json.dumps(record))
    return True


def reply(
    store: Meetings, meeting: Meeting, item_id: str, text: str, kind: str = ""
) -> None:
    """The next turn: the model's, or for a kind of danger ours, with an alert."""
    record = record_of(store, meeting, item_id)
    turn = {"by": "people" if kind else "model", "text": text, "at": int(time.time())}
    alerts = list(record.get("alerts") or [])
    if kind:
        turn["kind"] = kind
        place = len(record["turns"]) - 1
        alerts.append({"turn": place, "kind": kind, "at": int(time.time())})
    turns = [*record["turns"], turn]
    fill(store, meeting, item_id, turns=turns, alerts=alerts)


def jobs_waiting(store: Meetings) -> list[StudioJob]:
    """The studio's jobs on the queue, in their order."""
    found = [store.jobs.queue.fetch_job(one) for one in store.jobs.queue.get_job_ids()]
    return [StudioJob.from_json(job.args[0]) for job in found if job]
