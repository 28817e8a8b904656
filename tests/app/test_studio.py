"""The studio's store: nothing lost, nothing doubled, nothing left behind."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from redis import Redis

from app.errors import NotFound, UserError
from app.housekeeper import Housekeeper
from app.meetings import Meeting, Meetings
from app.studio.helplines import NUMBERS, helplines
from app.studio.items import fingerprint
from app.studio.orders import paper_order, talk_order, word_order
from app.studio.scenes import suggestions
from protocol import (
    MAX_CONTEXT,
    MAX_MESSAGE,
    MAX_STUDIO_ITEMS,
    MAX_SUMMARY,
    MAX_TURNS,
    Recipe,
)
from protocol.keys import Keys
from tests.app.conftest import texts
from tests.fakes import FakeWorker, everything_in
from tests.studios import (
    PAPER,
    WORD,
    fill,
    jobs_waiting,
    order_paper,
    order_talk,
    order_word,
    record_of,
    reply,
)


def code_of(refused: pytest.ExceptionInfo[UserError]) -> str:
    return refused.value.code


def test_an_order_is_a_job_of_ids_and_expires_with_its_meeting(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    word, paper = order_word(store, meeting), order_paper(store, meeting)
    jobs = jobs_waiting(store)
    assert [(job.recipe, job.item, job.revision) for job in jobs] == [
        (Recipe.SLANG, word, 1),
        (Recipe.ABSTRACT, paper, 1),
    ]
    studio, kept = Keys.studio(meeting.id), Keys.meeting(meeting.id)
    assert redis.expiretime(studio) == redis.expiretime(kept) > 0


def test_a_conversation_waits_for_the_child(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)
    assert jobs_waiting(store) == []
    store.studio.say(meeting.id, talk, "안녕")
    assert [(job.recipe, job.revision) for job in jobs_waiting(store)] == [
        (Recipe.CHAT, 2)
    ]
    assert store.studio.item(meeting.id, talk).awaited


def test_a_tap_sent_twice_is_one_message(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)
    for name in ("tap 1", "tap 1", "tap 2"):
        store.studio.say(meeting.id, talk, "달이 따라와", name)
    assert len(store.studio.item(meeting.id, talk).turns) == 2
    assert len(jobs_waiting(store)) == 2


def test_two_tabs_and_a_worker_lose_and_double_nothing(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)

    def type_in(tab: int) -> None:
        for n in range(20):
            for _ in range(2):  # each is tapped twice
                store.studio.say(meeting.id, talk, f"{tab}-{n}", f"{tab}-{n}")

    tabs = [threading.Thread(target=type_in, args=[tab]) for tab in range(3)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    said = [turn.text for turn in store.studio.item(meeting.id, talk).turns]
    assert sorted(said) == sorted(f"{tab}-{n}" for tab in range(3) for n in range(20))
    for tab in range(3):
        assert [one for one in said if one[0] == str(tab)] == [
            f"{tab}-{n}" for n in range(20)
        ]


def test_a_reply_to_an_earlier_message_does_not_count_any_more(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)
    store.studio.say(meeting.id, talk, "안녕")
    seen = record_of(store, meeting, talk)["revision"]
    store.studio.say(meeting.id, talk, "아빠가 때렸어")
    assert not fill(store, meeting, talk, revision=seen)


def test_what_is_written_again_can_be_taken_back(
    store: Meetings, meeting: Meeting
) -> None:
    paper = order_paper(store, meeting)
    fill(store, meeting, paper, **PAPER)
    store.studio.again(meeting.id, paper, 1)
    again = store.studio.item(meeting.id, paper)
    assert again.busy and again.has_earlier and again.text == ""
    assert jobs_waiting(store)[-1].revision == 2
    store.studio.keep_earlier(meeting.id, paper)
    back = store.studio.item(meeting.id, paper)
    assert back.text == PAPER["text"] and back.revision == 3 and not back.busy


def test_nobody_decides_about_what_they_have_not_seen(
    store: Meetings, meeting: Meeting
) -> None:
    word = order_word(store, meeting)
    fill(store, meeting, word, **WORD)
    store.studio.again(meeting.id, word, 1)
    fill(store, meeting, word, **WORD)
    with pytest.raises(UserError) as refused:
        store.studio.keep(meeting.id, word, 0, 1)
    assert code_of(refused) == "item_changed"


def test_the_word_that_is_kept_is_the_summary_s(
    store: Meetings, meeting: Meeting
) -> None:
    word = order_word(store, meeting)
    fill(store, meeting, word, **WORD)
    store.studio.keep(meeting.id, word, 1)
    [kept] = store.studio.words_kept(meeting.id)
    assert kept.kept and kept.kept.slang == "비쉼표"
    with pytest.raises(NotFound):  # it would be gone
        store.studio.again(meeting.id, word)
    store.studio.unkeep(meeting.id, word)
    assert store.studio.words_kept(meeting.id) == []


def test_a_reported_word_is_never_shown_again(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    word = order_word(store, meeting)
    fill(store, meeting, word, **WORD)
    store.studio.keep(meeting.id, word, 0)
    store.studio.report(meeting.id, word, 0)
    assert store.studio.words_kept(meeting.id) == []
    store.studio.again(meeting.id, word)
    fill(store, meeting, word, **WORD)
    other = order_word(store, meeting, "다른 장면")
    fill(store, meeting, other, **WORD)
    for item in store.studio.items(meeting.id, Recipe.SLANG):
        assert [one.slang for one in item.proposals] == ["비쉼표"]
    assert fingerprint("점심 갬!") == fingerprint("점심갬")
    store.studio.delete(meeting.id, word)
    store.studio.delete(meeting.id, other)
    assert "점심갬" not in everything_in(redis)


def test_again_tells_the_worker_what_was_there(
    store: Meetings, meeting: Meeting
) -> None:
    word = order_word(store, meeting)
    fill(store, meeting, word, **WORD)
    store.studio.again(meeting.id, word)
    assert record_of(store, meeting, word)["avoid"] == ["점심갬", "비쉼표"]


def test_a_stopped_conversation_is_over_for_child_and_worker(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)
    store.studio.say(meeting.id, talk, "안녕")
    seen = record_of(store, meeting, talk)["revision"]
    store.studio.stop(meeting.id, talk)
    assert not fill(store, meeting, talk, revision=seen)
    assert store.studio.unsettled(meeting.id) == []
    with pytest.raises(UserError) as refused:
        store.studio.say(meeting.id, talk, "또 있어?")
    assert code_of(refused) == "talk_stopped"


def test_an_alert_is_seen_by_its_turn(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)
    for said in ("아빠가 때려", "언니도 때려"):
        store.studio.say(meeting.id, talk, said)
        reply(store, meeting, talk, "말해 줘서 고마워.", "abuse")
    unseen = store.studio.item(meeting.id, talk).unseen
    assert [alert.said for alert in unseen] == ["언니도 때려", "아빠가 때려"]
    store.studio.see(meeting.id, talk, unseen[0].turn)
    left = store.studio.item(meeting.id, talk).unseen
    assert [alert.said for alert in left] == ["아빠가 때려"]


def test_lost_jobs_come_back_and_crashed_ones_fail_in_words(
    store: Meetings, meeting: Meeting, housekeeper: Housekeeper, worker: FakeWorker
) -> None:
    paper = order_paper(store, meeting)
    store.jobs.forget(list(store.jobs.job_ids()))
    housekeeper.tidy()
    assert [job.item for job in jobs_waiting(store)] == [paper]
    worker.work()  # knows quizzes only: every try of this job raises
    housekeeper.tidy()
    failed = store.studio.item(meeting.id, paper)
    assert (failed.status, failed.reason) == ("failed", "crashed")
    store.studio.again(meeting.id, paper)
    assert store.studio.item(meeting.id, paper).busy


def test_deleting_one_leaves_the_others_and_none_of_its_jobs(
    store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    word, paper = order_word(store, meeting), order_paper(store, meeting)
    assert store.studio.delete(meeting.id, word) == 1
    assert [one.id for one in store.studio.items(meeting.id)] == [paper]
    assert [job.item for job in jobs_waiting(store)] == [paper]
    assert redis.exists(Keys.FORGETTING)
    with pytest.raises(NotFound):
        store.studio.delete(meeting.id, word)


def test_the_receipt_counts_the_studio_and_nothing_of_it_is_left(
    app: Flask, store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    order_word(store, meeting)
    talk = order_talk(app, meeting)
    store.studio.say(meeting.id, talk, "안녕")
    deleted = store.delete(meeting.id)
    assert deleted["studio"] == 2 and deleted["jobs"] == 2
    assert list(redis.scan_iter(f"*{meeting.id}*")) == []
    with pytest.raises(NotFound):
        order_word(store, meeting)
    with pytest.raises(NotFound):
        store.studio.say(meeting.id, talk, "안녕")
    assert not redis.exists(Keys.studio(meeting.id))


def test_jobs_of_a_deleted_meeting_are_forgotten(
    store: Meetings, meeting: Meeting, housekeeper: Housekeeper, redis: Redis
) -> None:
    order_paper(store, meeting)
    redis.delete(Keys.meeting(meeting.id), Keys.studio(meeting.id))
    housekeeper.tidy()
    assert list(store.jobs.job_ids()) == []


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (lambda: word_order(" \n", "", "ko"), "context_missing"),
        (lambda: word_order("x" * (MAX_CONTEXT + 1), "", "ko"), "context_too_long"),
        (lambda: word_order("x", "y" * 121, "ko"), "condition_too_long"),
        (lambda: word_order("x", "", "fr"), "language_unknown"),
        (lambda: talk_order("", 6, "", "sudagom"), "name_missing"),
        (lambda: talk_order("은채", 2, "", "sudagom"), "age_wrong"),
        (lambda: talk_order("은채", None, "", "sudagom"), "age_wrong"),
        (lambda: talk_order("은채", 6, "x", "sudagom"), "gender_unknown"),
        (lambda: talk_order("은채", 6, "", "police"), "persona_unknown"),
        (lambda: paper_order(""), "summary_missing"),
        (lambda: paper_order("In English."), "summary_not_korean"),
        (lambda: paper_order("x" * (MAX_SUMMARY + 1)), "summary_too_long"),
    ],
)
def test_wrong_orders_are_refused_in_words(order, code: str) -> None:
    with pytest.raises(UserError) as refused:
        order()
    assert code_of(refused) == code and refused.value.status == 400


def test_a_studio_a_conversation_and_a_message_have_limits(
    app: Flask, store: Meetings, meeting: Meeting
) -> None:
    talk = order_talk(app, meeting)
    with pytest.raises(UserError) as refused:
        store.studio.say(meeting.id, talk, "가" * (MAX_MESSAGE + 1))
    assert code_of(refused) == "message_too_long"
    turn = {"by": "child", "text": "응", "at": 1}
    fill(store, meeting, talk, turns=[turn] * (MAX_TURNS - 1))
    with pytest.raises(UserError) as refused:
        store.studio.say(meeting.id, talk, "응")
    assert code_of(refused) == "talk_long" and refused.value.status == 409
    for _ in range(MAX_STUDIO_ITEMS - 1):
        order_word(store, meeting)
    with pytest.raises(UserError) as refused:
        order_word(store, meeting)
    assert code_of(refused) == "studio_full" and refused.value.status == 409


def test_scenes_are_offered_from_what_may_be_used(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    secret = {"question": "취미는?", "text": "비밀스러운 취미가 있어요."}
    store.add_answers(meeting, "밥", [secret | {"consent": "distractor"}])
    store.add_answers(meeting, "앨리스", texts(food="할머니의 갱시기를 좋아해요."))
    before = suggestions(store.snapshot(meeting.id))
    assert not any("갱시기" in scene for scene in before)  # nobody has looked yet
    worker.work()
    scenes = suggestions(store.snapshot(meeting.id))
    assert "팀 워크숍" in scenes[0]
    assert "할머니의 갱시기를 좋아해요." in scenes
    assert not any("비밀" in scene for scene in scenes)


def test_every_danger_has_a_number_that_exists() -> None:
    for kind in ("abuse", "bullying", "self_harm", "emergency", "something new"):
        assert helplines(kind) and set(helplines(kind)) <= set(NUMBERS)
    assert helplines("bullying")[0] == "117" and helplines("abuse")[0] == "112"


def test_what_is_not_told_is_shown_in_its_sentence(
    store: Meetings, meeting: Meeting
) -> None:
    summary = "평균은 8.4점이었다. 비교 집단은 차이가 없었다."
    paper = order_paper(store, meeting, summary)
    place = summary.index("없었다")
    fact = {"kind": "direction", "text": "없었다", "start": place, "end": place + 3}
    whole = {"kind": "sentence", "text": "x", "start": 12, "end": place + 2}
    fill(store, meeting, paper, text="평균은 8.4점이었다.", missing=[fact, whole])
    [sentence] = store.studio.item(meeting.id, paper).untold()
    assert "".join(part for part, _ in sentence).strip() == summary[12:].strip()
    fill(store, meeting, paper, missing=[fact])
    [sentence] = store.studio.item(meeting.id, paper).untold()
    assert [part for part, found in sentence if found] == ["없었다"]
