"""The store: answers become jobs once, and everything goes when it should."""

from __future__ import annotations

import json

import pytest
from redis import Redis

from app.errors import NotFound, UserError
from app.meetings import Created, Meeting, Meetings
from protocol import MAX_PARTICIPANTS
from protocol.keys import Keys
from tests.app.conftest import FOOD, HOBBY, texts
from tests.fakes import FakeWorker


def queued(store: Meetings) -> list[str]:
    return sorted(store.jobs.queue.get_job_ids())


def test_a_wrong_token_is_no_host(store: Meetings, created: Created) -> None:
    assert not store.is_host(created.meeting.id, "")
    assert not store.is_host(created.meeting.id, created.host_token + "x")
    assert not store.is_host("unknown", created.host_token)
    assert store.is_host(created.meeting.id, created.host_token)


def test_tokens_are_stored_as_fingerprints_only(
    store: Meetings, created: Created, redis: Redis
) -> None:
    submission = store.add_answers(created.meeting, "앨리스", texts(food="김밥"))
    for key in redis.scan_iter("icebreaker:meeting:*"):
        stored = repr(redis.hgetall(key))
        assert created.host_token not in stored
        assert submission.participant_token not in stored


def test_each_answer_is_one_job(store: Meetings, meeting: Meeting) -> None:
    submission = store.add_answers(meeting, "앨리스", texts(food="김밥", hobby="등산"))
    assert submission.changed == 2
    assert len(queued(store)) == 2


def test_same_answers_again_do_nothing(store: Meetings, meeting: Meeting) -> None:
    first = store.add_answers(meeting, "앨리스", texts(food="김밥"))
    before = queued(store)
    again = store.add_answers(
        meeting, "앨리스", texts(food=" 김밥 "), first.participant_token
    )
    assert again.changed == 0
    assert queued(store) == before


def test_changed_answer_is_a_new_revision(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    first = store.add_answers(meeting, "앨리스", texts(food="김밥"))
    worker.work()
    again = store.add_answers(
        meeting, "앨리스", texts(food="라면"), first.participant_token
    )
    assert again.changed == 1
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert (quiz.status, quiz.revision, quiz.answer_text) == ("queued", 2, "라면")
    worker.work()
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert quiz.options[0] == "라면"


def test_emptied_answer_is_gone_and_its_revision_is_never_used_again(
    store: Meetings, meeting: Meeting
) -> None:
    """A job of the old text may still run: it must not write for the new one."""
    token = store.add_answers(meeting, "A", texts(food="김밥")).participant_token
    store.add_answers(meeting, "A", texts(food=" "), token)
    assert store.snapshot(meeting.id).quizzes == []
    store.add_answers(meeting, "A", texts(food="라면"), token)
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert quiz.revision == 2


def test_dropped_quiz_stays_away_until_its_answer_changes(
    store: Meetings, meeting: Meeting
) -> None:
    token = store.add_answers(meeting, "A", texts(food="김밥")).participant_token
    store.drop(meeting.id, store.snapshot(meeting.id).quizzes[0].id)
    store.add_answers(meeting, "A", texts(food="김밥"), token)
    assert store.snapshot(meeting.id).quizzes == []
    store.add_answers(meeting, "A", texts(food="라면"), token)
    assert len(store.snapshot(meeting.id).quizzes) == 1


def test_withheld_answer_is_skipped_and_its_text_not_stored(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    answers = [{"question": FOOD, "text": "비밀 요리", "consent": "none"}]
    store.add_answers(meeting, "앨리스", answers)
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert (quiz.status, quiz.reason, quiz.answer_text) == ("skipped", "withheld", "")
    assert queued(store) == []
    stored = redis.hgetall(Keys.answers(meeting.id))
    assert [json.loads(text)["text"] for text in stored.values()] == [""]


def test_distractor_is_kept_for_others_and_gets_no_quiz(
    store: Meetings, meeting: Meeting
) -> None:
    answers = [{"question": FOOD, "text": "김밥", "consent": "distractor"}]
    token = store.add_answers(meeting, "A", answers).participant_token
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert (quiz.status, quiz.reason, quiz.answer_text) == (
        "skipped",
        "withheld",
        "김밥",
    )
    with pytest.raises(NotFound):
        store.retry(meeting.id, quiz.id)
    store.add_answers(meeting, "A", texts(food="김밥"), token)
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert quiz.status == "queued"


def test_retry_is_for_failed_and_skipped_quizzes_only(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    worker.replies["김밥"] = {"status": "failed", "reason": "unparsable"}
    store.add_answers(meeting, "A", texts(food="김밥"))
    (quiz,) = store.snapshot(meeting.id).quizzes
    with pytest.raises(NotFound):
        store.retry(meeting.id, quiz.id)
    worker.work()
    store.retry(meeting.id, quiz.id)
    (quiz,) = store.snapshot(meeting.id).quizzes
    assert (quiz.status, quiz.revision, quiz.reason) == ("queued", 2, None)
    with pytest.raises(NotFound):
        store.retry(meeting.id, "unknown")


def test_removed_participant_leaves_with_all_answers(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    alice = store.add_answers(meeting, "앨리스", texts(food="김밥", hobby="등산"))
    store.add_answers(meeting, "밥", texts(food="라면"))
    store.remove_participant(meeting.id, alice.participant_id)
    snapshot = store.snapshot(meeting.id)
    assert [person.name for person in snapshot.participants] == ["밥"]
    assert [quiz.answer_text for quiz in snapshot.quizzes] == ["라면"]
    assert redis.hlen(Keys.answers(meeting.id)) == 1
    with pytest.raises(NotFound):
        store.remove_participant(meeting.id, alice.participant_id)


def test_participant_withdraws_with_the_token(
    store: Meetings, meeting: Meeting
) -> None:
    token = store.add_answers(meeting, "A", texts(food="김밥")).participant_token
    store.withdraw(meeting.id, "wrong")
    assert store.has_participant(meeting.id, token)
    store.withdraw(meeting.id, token)
    assert not store.has_participant(meeting.id, token)
    assert store.snapshot(meeting.id).quizzes == []


def test_own_answers_are_found_by_token(store: Meetings, meeting: Meeting) -> None:
    token = store.add_answers(
        meeting, "A", texts(food="김밥", hobby="등산")
    ).participant_token
    name, mine = store.answers_of(meeting.id, token)
    assert name == "A"
    assert {q: answer.text for q, answer in mine.items()} == {
        FOOD: "김밥",
        HOBBY: "등산",
    }
    assert store.answers_of(meeting.id, "wrong") == ("", {})


def test_quizzes_keep_the_order_in_which_answers_came(
    store: Meetings, meeting: Meeting
) -> None:
    names = [f"P{n:02}" for n in range(30)]
    for name in names:
        store.add_answers(meeting, name, texts(food=name, hobby=name))
    quizzes = store.snapshot(meeting.id).quizzes
    assert [quiz.participant_name for quiz in quizzes[::2]] == names
    assert {quiz.survey_question for quiz in quizzes[::2]} == {FOOD}


def test_two_people_of_one_name_are_two(store: Meetings, meeting: Meeting) -> None:
    for text in ("김밥", "라면"):
        store.add_answers(meeting, "김민수", texts(food=text))
    snapshot = store.snapshot(meeting.id)
    assert [person.name for person in snapshot.participants] == ["김민수", "김민수"]
    assert len(snapshot.quizzes) == 2


def test_full_meeting_takes_nobody_new_but_edits(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    token = store.add_answers(meeting, "A", texts(food="김밥")).participant_token
    crowd = {f"p{n}": "{}" for n in range(MAX_PARTICIPANTS - 1)}
    redis.hset(Keys.participants(meeting.id), mapping=crowd)
    with pytest.raises(UserError, match="meeting_full"):
        store.add_answers(meeting, "B", texts(food="라면"))
    assert store.add_answers(meeting, "A", texts(food="라면"), token).changed == 1


def test_every_key_of_a_meeting_expires_with_it(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    store.add_answers(meeting, "A", texts(food="김밥"))
    ends = {
        redis.expiretime(key)
        for key in (
            Keys.meeting(meeting.id),
            Keys.participants(meeting.id),
            Keys.answers(meeting.id),
            Keys.quizzes(meeting.id),
            Keys.join(meeting.join_code),
        )
    }
    assert ends == {int(meeting.expires_at.timestamp())}
    assert (meeting.expires_at - meeting.created_at).days == 7


def test_nothing_is_written_for_a_deleted_meeting(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    store.delete(meeting.id)
    with pytest.raises(NotFound):
        store.add_answers(meeting, "A", texts(food="김밥"))
    store.set_sheet_status(meeting.id, problem="not_found")
    store.set_questions(meeting.id, ["?"])
    assert list(redis.scan_iter(f"*{meeting.id}*")) == []
