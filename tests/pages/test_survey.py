"""What participants see and send."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.meetings import Meeting, Meetings
from app.submissions import CONSENTS
from protocol import MAX_ANSWER

SENT = {"name": "김지민", "answer-0": "맛동산", "consent-0": "named", "answer-1": ""}


def test_an_unknown_code_is_404_in_words(client: FlaskClient) -> None:
    page = client.get("/s/ZZZZZZ")
    assert page.status_code == 404 and "찾는 화면이 없어요" in page.text


def test_a_code_in_small_letters_leads_to_the_survey(
    bob: FlaskClient, hosted: Meeting
) -> None:
    page = bob.get(f"/s/{hosted.join_code.lower()}", follow_redirects=True)
    assert page.status_code == 200 and hosted.title in page.text


def test_the_survey_asks_name_questions_and_consent(
    bob: FlaskClient, hosted: Meeting
) -> None:
    page = bob.get(f"/s/{hosted.join_code}").text
    assert all(question in page for question in hosted.questions)
    for consent in CONSENTS:
        assert page.count(f'value="{consent}"') == 2, consent
    assert page.count('value="named" checked') == 2
    assert "다른 문제의 보기에는 이름 없이" in page and "data-draft" in page


def test_sent_answers_are_thanked_for_and_counted(
    bob: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    sent = bob.post(f"/s/{hosted.join_code}", data=SENT)
    assert sent.status_code == 303
    thanks = bob.get(sent.headers["Location"]).text
    assert "김지민 님, 고마워요" in thanks and "맛동산" in thanks
    assert store.snapshot(hosted.id).counts["queued"] == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "이름이나 별명을 적어 주세요."),
        ({"name": "가" * 41}, "이름이 41자예요. 40자까지"),
        ({"answer-1": "a" * (MAX_ANSWER + 1)}, "답 하나가 10,001자예요."),
        ({"consent-0": "all"}, "답을 어떻게 쓸지 다시 골라 주세요."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    bob: FlaskClient, hosted: Meeting, changed: dict[str, str], sentence: str
) -> None:
    typed = SENT | {"answer-1": "등산"} | changed
    page = bob.post(f"/s/{hosted.join_code}", data=typed)
    assert page.status_code == 400 and sentence in page.text
    assert typed["answer-0"] in page.text and typed["answer-1"] in page.text


def test_an_empty_survey_is_not_sent(bob: FlaskClient, hosted: Meeting) -> None:
    page = bob.post(f"/s/{hosted.join_code}", data=SENT | {"answer-0": " "})
    assert page.status_code == 400
    assert "질문에 하나 이상 답해 주세요." in page.text and "김지민" in page.text


def test_a_changed_answer_replaces_the_first(
    bob: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    bob.post(f"/s/{hosted.join_code}", data=SENT)
    form = bob.get(f"/s/{hosted.join_code}").text
    assert "맛동산" in form and "고친 답 보내기" in form
    bob.post(f"/s/{hosted.join_code}", data=SENT | {"answer-0": "양파링"})
    snapshot = store.snapshot(hosted.id)
    assert len(snapshot.participants) == 1
    assert [quiz.answer_text for quiz in snapshot.quizzes] == ["양파링"]


def test_an_answer_not_to_be_used_is_not_stored(
    bob: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    bob.post(f"/s/{hosted.join_code}", data=SENT | {"consent-0": "none"})
    assert store.snapshot(hosted.id).quizzes[0].answer_text == ""
    assert "저장하지 않았어요" in bob.get(f"/s/{hosted.join_code}/thanks").text


def test_one_can_take_everything_back(
    bob: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    bob.post(f"/s/{hosted.join_code}", data=SENT)
    assert "답을 모두 지웠어요" in bob.post(f"/s/{hosted.join_code}/leave").text
    snapshot = store.snapshot(hosted.id)
    assert snapshot.participants == [] and snapshot.quizzes == []
    assert bob.get(f"/s/{hosted.join_code}/thanks").status_code == 302


def test_somebody_else_does_not_see_my_answers(
    bob: FlaskClient, charlie: FlaskClient, hosted: Meeting
) -> None:
    bob.post(f"/s/{hosted.join_code}", data=SENT)
    for path in (f"/s/{hosted.join_code}", f"/play/{hosted.join_code}"):
        assert "맛동산" not in charlie.get(path).text
    assert charlie.get(f"/s/{hosted.join_code}/thanks").status_code == 302


def test_a_meeting_with_a_sheet_sends_people_to_their_form(
    bob: FlaskClient, store: Meetings
) -> None:
    link = "https://docs.google.com/spreadsheets/d/" + "a" * 30
    meeting = store.create("Monday", "en", [], google_sheet=link).meeting
    page = bob.get(f"/s/{meeting.join_code}").text
    assert "collects its answers elsewhere" in page and "<textarea" not in page
