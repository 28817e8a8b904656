"""Everything about one meeting, read from Redis at one moment."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from redis import Redis

from app.records import (
    Participant,
    Quiz,
    Snapshot,
    answer_from,
    meeting_from,
    participant_from,
    quiz_from,
)
from protocol import Status
from protocol.keys import Keys

# Changes at every reading of the sheet and would make each poll a new page.
NOT_IN_ETAG = frozenset({b"sheet_checked_at"})

Hash = Mapping[bytes, bytes]


def read_snapshot(redis: Redis, meeting_id: str) -> Snapshot | None:
    """The meeting as it is now, or None if there is no such meeting."""
    with redis.pipeline(transaction=True) as pipe:
        pipe.hgetall(Keys.meeting(meeting_id))
        pipe.hgetall(Keys.participants(meeting_id))
        pipe.hgetall(Keys.answers(meeting_id))
        pipe.hgetall(Keys.quizzes(meeting_id))
        pipe.hgetall(Keys.earlier(meeting_id))
        stored = pipe.execute()
    fields, people_hash, *others = stored
    if not fields:
        return None
    meeting = meeting_from(meeting_id, fields)
    people = _records(people_hash)
    participants = sorted(
        (participant_from(key, record) for key, record in people.items()),
        key=lambda person: person.order,
    )
    found = _quizzes(people, *map(_records, others))
    quizzes = [quiz for quiz in found if not quiz.dropped]
    counts = _counts(participants, quizzes)
    return Snapshot(
        meeting=meeting,
        participants=participants,
        quizzes=quizzes,
        dropped=[quiz for quiz in found if quiz.dropped],
        counts=counts,
        status=_status(counts),
        etag=_fingerprint(stored),
    )


def _records(hash_: Hash) -> dict[str, Any]:
    return {key.decode(): json.loads(text) for key, text in hash_.items()}


def _quizzes(
    people: dict[str, Any],
    answers: dict[str, Any],
    quizzes: dict[str, Any],
    earlier: dict[str, Any],
) -> list[Quiz]:
    """All quizzes whose answer and person are there, oldest answer first."""
    found = []
    for answer_id, record in quizzes.items():
        answer = answers.get(answer_id)
        person = people.get(answer["participant"]) if answer else None
        if answer and person:
            _revision, order = person["answers"][answer_id]
            found.append(
                quiz_from(
                    record,
                    answer_from(answer_id, answer),
                    participant_from(answer["participant"], person),
                    order,
                    earlier.get(answer_id),
                )
            )
    return sorted(found, key=lambda quiz: quiz.order)


def _counts(participants: list[Participant], quizzes: list[Quiz]) -> dict[str, int]:
    by_status = Counter(quiz.status for quiz in quizzes)
    return {
        "participants": len(participants),
        "answers": len(quizzes),
        **{status.value: by_status[status] for status in Status},
    }


def _status(counts: Mapping[str, int]) -> str:
    if not counts["answers"]:
        return "waiting"
    return "working" if counts["queued"] + counts["running"] else "ready"


def _fingerprint(hashes: list[Hash]) -> str:
    digest = hashlib.sha256()
    for hash_ in hashes:
        for key in sorted(hash_.keys() - NOT_IN_ETAG):
            digest.update(key + b"\0" + hash_[key] + b"\0")
        digest.update(b"\1")
    return digest.hexdigest()[:32]
