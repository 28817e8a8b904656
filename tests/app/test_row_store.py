"""Rows and verdicts: who decides, what holds, what is undone, how far two agree."""

from __future__ import annotations

import pytest
from redis import Redis

from app.errors import NotFound, UserError
from app.meetings import Meeting, Meetings
from app.rows.agreement import agreement, agreement_of
from app.rows.files import read
from app.rows.records import Verdict, Wording
from app.rows.store import UNDO_STEPS, Rows
from protocol import MAX_ROWS
from tests.fakes import everything_in
from tests.rows import as_file, draft, drafts

ONE, TWO, THREE = (draft(n)["id"] for n in (1, 2, 3))
SOUP = Wording(quiz_question="Which soup?", options=("a", "b", "c", "d"), correct=2)
ACCEPT, REJECT = Verdict(verdict="accept"), Verdict(verdict="reject")
EDIT = Verdict(verdict="edit", wording=SOUP)
OTHER_EDIT = Verdict(
    verdict="edit",
    wording=Wording(quiz_question="Which?", options=SOUP.options, correct=1),
)


@pytest.fixture
def rows(store: Meetings, meeting: Meeting) -> Rows:
    """The store of a meeting with three rows."""
    store.rows.add(meeting.id, read(as_file(drafts(3))).rows)
    return store.rows


def judge(rows: Rows, meeting: Meeting, *decisions: tuple) -> None:
    """Decisions as (who, row, verdict)."""
    for who, row_id, verdict in decisions:
        by = "host" if who == "settled" else who
        rows.decide(meeting.id, by, row_id, verdict, settles=who == "settled")


def review_of(rows: Rows, meeting: Meeting, place: int = 0) -> dict:
    return rows.reviewed(meeting.id)[place]["review"]


def test_nothing_is_added_to_a_meeting_that_is_gone(store: Meetings) -> None:
    with pytest.raises(NotFound):
        store.rows.add("gone", read(as_file(drafts(1))).rows)
    with pytest.raises(NotFound):
        store.rows.decide("gone", "host", ONE, ACCEPT)


def test_nothing_is_said_about_a_row_that_is_not_there(
    rows: Rows, meeting: Meeting
) -> None:
    with pytest.raises(NotFound):
        rows.decide(meeting.id, "host", "f" * 16, ACCEPT)
    with pytest.raises(NotFound):
        rows.row(meeting.id, "f" * 16)


def test_too_many_rows_come_in_not_at_all(rows: Rows, meeting: Meeting) -> None:
    many = read(as_file(drafts(MAX_ROWS))).rows
    more = read(as_file([draft(MAX_ROWS + 1)])).rows
    with pytest.raises(UserError) as refused:
        rows.add(meeting.id, many + more)
    assert refused.value.values == {"count": MAX_ROWS + 1, "limit": MAX_ROWS}
    assert rows.count(meeting.id) == 3
    assert rows.add(meeting.id, many) == MAX_ROWS - 3


def test_a_row_that_is_there_stays_as_it_is(rows: Rows, meeting: Meeting) -> None:
    again = [draft(2, quiz_question="Another?"), draft(4)]
    assert rows.add(meeting.id, read(as_file(again)).rows) == 1
    ids = rows.desk(meeting.id, "host").ids
    assert ids == [draft(n)["id"] for n in (1, 2, 3, 4)]
    assert rows.row(meeting.id, TWO).to_json() == draft(2)


@pytest.mark.parametrize(
    ("decisions", "verdict", "verdicts", "question"),
    [
        ([], "open", [], None),
        ([("host", ACCEPT)], "accept", ["accept"], None),
        ([("second", EDIT)], "edit", ["edit"], "Which soup?"),
        ([("host", EDIT), ("second", EDIT)], "edit", ["edit"] * 2, "Which soup?"),
        ([("host", REJECT), ("second", REJECT)], "reject", ["reject"] * 2, None),
        (
            [("host", ACCEPT), ("second", REJECT)],
            "disputed",
            ["accept", "reject"],
            None,
        ),
        ([("host", EDIT), ("second", OTHER_EDIT)], "disputed", ["edit"] * 2, None),
        (
            [("host", ACCEPT), ("second", EDIT), ("settled", EDIT)],
            "edit",
            ["accept", "edit"],
            "Which soup?",
        ),
        ([("host", REJECT), ("host", ACCEPT)], "accept", ["accept"], None),
    ],
)
def test_what_holds_follows_from_what_was_said(
    rows: Rows, meeting: Meeting, decisions: list, verdict: str, verdicts, question
) -> None:
    judge(rows, meeting, *((who, ONE, said) for who, said in decisions))
    first = rows.reviewed(meeting.id)[0]
    assert first.pop("review") == {
        "verdict": verdict,
        "difficulty": None,
        "reviewers": len(verdicts),
        "verdicts": verdicts,
    }
    changed = {"quiz_question": question, "options": [*"abcd"], "correct": 2}
    assert first == draft(1) | (changed if question else {})


def test_the_difficulty_is_the_host_s_where_the_two_differ(
    rows: Rows, meeting: Meeting
) -> None:
    hard, easy = (Verdict(verdict="accept", difficulty=d) for d in ("hard", "easy"))
    judge(rows, meeting, ("second", ONE, easy), ("host", ONE, hard))
    judge(rows, meeting, ("second", TWO, easy), ("host", TWO, ACCEPT))
    assert review_of(rows, meeting)["verdict"] == "accept"
    assert review_of(rows, meeting)["difficulty"] == "hard"
    assert review_of(rows, meeting, 1)["difficulty"] == "easy"


def test_nobody_sees_what_the_other_says_before_judging(
    rows: Rows, meeting: Meeting
) -> None:
    judge(rows, meeting, ("second", ONE, REJECT), ("host", TWO, ACCEPT))
    host, second = (rows.desk(meeting.id, who) for who in ("host", "second"))
    assert host.standing(ONE) == "open" and second.standing(TWO) == "open"
    assert host.done == second.done == 1
    judge(rows, meeting, ("host", ONE, ACCEPT))
    assert rows.desk(meeting.id, "host").standing(ONE) == "disputed"
    assert rows.desk(meeting.id, "second").standing(ONE) == "reject"
    assert "disputed" not in second.filters


def test_undo_goes_back_step_by_step_and_touches_nobody_else(
    rows: Rows, meeting: Meeting
) -> None:
    judge(
        rows,
        meeting,
        ("host", ONE, ACCEPT),
        ("second", ONE, REJECT),
        ("settled", ONE, REJECT),
        ("host", TWO, EDIT),
        ("host", TWO, REJECT),
    )
    seen = []
    while row_id := rows.undo(meeting.id, "host"):
        seen.append(
            (row_id, *(one["review"]["verdict"] for one in both(rows, meeting)))
        )
    assert seen == [
        (TWO, "reject", "edit"),
        (TWO, "reject", "open"),
        (ONE, "disputed", "open"),
        (ONE, "reject", "open"),
    ]
    assert rows.undo(meeting.id, "second") == ONE
    assert rows.undo(meeting.id, "second") is None
    assert not rows.desk(meeting.id, "second").can_undo


def both(rows: Rows, meeting: Meeting) -> list[dict]:
    return rows.reviewed(meeting.id)[:2]


def test_two_tabs_of_one_reviewer_lose_no_decision(
    redis: Redis, rows: Rows, meeting: Meeting
) -> None:
    other = Rows(redis)
    for n in range(UNDO_STEPS + 5):  # more than is kept
        judge((rows, other)[n % 2], meeting, ("host", (ONE, TWO)[n % 2], ACCEPT))
    judge(other, meeting, ("host", THREE, REJECT))
    assert rows.desk(meeting.id, "host").done == 3
    assert rows.undo(meeting.id, "host") == THREE
    assert other.undo(meeting.id, "host") == ONE
    assert len(list(iter(lambda: rows.undo(meeting.id, "host"), None))) < UNDO_STEPS


def test_next_and_previous_go_round_among_what_is_shown(
    rows: Rows, meeting: Meeting
) -> None:
    desk = rows.desk(meeting.id, "host")
    assert desk.near(THREE, "open", 1) == ONE and desk.near(ONE, "open", -1) == THREE
    judge(rows, meeting, ("host", ONE, ACCEPT), ("host", TWO, REJECT))
    desk = rows.desk(meeting.id, "host")
    assert desk.near(ONE, "open", 1) == THREE == desk.near(TWO, "open", -1)
    assert desk.near(THREE, "open", 1) is None
    assert desk.first("reject") == TWO and desk.first("edit") is None


def test_kappa_is_cohen_s() -> None:
    """The figures of a textbook's table, worked out by hand in the docstring."""
    yes, no = "accept", "reject"
    pairs = [(yes, yes)] * 20 + [(yes, no)] * 5 + [(no, yes)] * 10 + [(no, no)] * 15
    found = agreement_of(pairs)
    assert found.rows == 50 and found.share == 0.7
    assert found.kappa == pytest.approx(0.4)
    assert agreement_of([(yes, yes)] * 12).kappa is None
    assert agreement_of([(yes, no), (no, yes)]).kappa == -1
    assert not agreement_of([(yes, yes)] * 9).enough


def test_agreement_counts_what_both_said_alone(rows: Rows, meeting: Meeting) -> None:
    judge(
        rows,
        meeting,
        ("host", ONE, ACCEPT),
        ("second", ONE, REJECT),
        ("settled", ONE, REJECT),
        ("host", TWO, ACCEPT),
        ("second", TWO, ACCEPT),
        ("host", THREE, ACCEPT),
    )
    found = agreement(rows.desk(meeting.id, "host").judged.values())
    assert (found.rows, found.share) == (2, 0.5)


def test_all_rows_go_at_once_and_come_back_within_ten_minutes(
    redis: Redis, rows: Rows, meeting: Meeting
) -> None:
    judge(rows, meeting, ("host", ONE, EDIT))
    before = rows.reviewed(meeting.id)
    assert rows.drop(meeting.id) == 3
    assert rows.count(meeting.id) == 0 and rows.dropped(meeting.id) == 3
    kept = list(redis.scan_iter(f"*{meeting.id}*:dropped"))
    assert kept and all(0 < redis.ttl(key) <= 600 for key in kept)
    assert rows.restore(meeting.id) == 3
    assert rows.reviewed(meeting.id) == before
    assert rows.undo(meeting.id, "host") == ONE
    assert all(redis.ttl(key) > 600 for key in redis.scan_iter(f"*{meeting.id}*:rows*"))


def test_rows_brought_in_meanwhile_are_not_overwritten(
    rows: Rows, meeting: Meeting
) -> None:
    rows.drop(meeting.id)
    rows.add(meeting.id, read(as_file([draft(9)])).rows)
    assert rows.restore(meeting.id) == 0
    assert rows.count(meeting.id) == 1


def test_everything_goes_with_the_meeting_and_expires_with_it(
    redis: Redis, store: Meetings, rows: Rows, meeting: Meeting
) -> None:
    judge(rows, meeting, ("host", ONE, EDIT), ("second", ONE, OTHER_EDIT))
    rows.drop(meeting.id)
    rows.add(meeting.id, read(as_file(drafts(2))).rows)
    judge(rows, meeting, ("host", ONE, EDIT))
    rows.renew_link(meeting.id)
    keys = list(redis.scan_iter(f"*{meeting.id}*"))
    assert len(keys) > 8 and all(redis.ttl(key) > 0 for key in keys)
    assert store.delete(meeting.id)["rows"] == 2
    left = everything_in(redis)
    assert meeting.id not in left and "soup" not in left and "음식 이야기" not in left
