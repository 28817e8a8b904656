"""What pages quote of an answer holds no personal data."""

from __future__ import annotations

from app.meetings import Meetings


def test_a_phone_number_in_an_answer_is_not_quoted(store: Meetings):
    meeting = store.create("Monday", "en", ["Hobby?"]).meeting
    said = "Kayaking, call me on 010-1234-5678"
    store.add_answers(
        meeting, "Alice", [{"question": "Hobby?", "text": said, "consent": "named"}]
    )
    snapshot = store.snapshot(meeting.id)
    assert snapshot is not None
    assert snapshot.quizzes[0].answer_text == "Kayaking, call me on"
