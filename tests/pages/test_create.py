"""The first page and what its form creates."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.meetings import Meetings
from app.question_bank import bank

FORM = {"title": "월요일 회의", "language": "ko", "source": "survey"}


def meeting_of(store: Meetings, location: str):
    return store.get(location.rsplit("/", 1)[1])


def test_the_first_page_speaks_the_browsers_language(client: FlaskClient) -> None:
    korean = client.get("/")
    english = client.get("/", headers={"Accept-Language": "en-GB"})
    assert '<html lang="ko"' in korean.text and "모임 만들기" in korean.text
    assert '<html lang="en"' in english.text and "Create meeting" in english.text


def test_the_chosen_language_beats_the_browsers(client: FlaskClient) -> None:
    answer = client.post("/language/en?next=/")
    assert answer.status_code == 303
    page = client.get("/", headers={"Accept-Language": "ko"})
    assert '<html lang="en"' in page.text


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil"]
)
def test_the_language_switch_leads_nowhere_else(
    client: FlaskClient, target: str
) -> None:
    answer = client.post("/language/en", query_string={"next": target})
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_404(client: FlaskClient) -> None:
    assert client.post("/language/fr").status_code == 404


def test_chosen_and_own_questions_make_the_survey(
    client: FlaskClient, store: Meetings
) -> None:
    chosen = bank("ko").defaults[0]
    form = FORM | {"questions-ko": chosen, "own": "첫 질문?\n\n둘째 질문?"}
    answer = client.post("/meetings", data=form)
    assert answer.status_code == 303
    meeting = meeting_of(store, answer.headers["Location"])
    assert meeting.questions == (chosen, "첫 질문?", "둘째 질문?")
    assert client.get(answer.headers["Location"]).status_code == 200


def test_questions_of_the_other_language_are_left_out(
    client: FlaskClient, store: Meetings
) -> None:
    form = FORM | {"language": "en", "questions-ko": "가?", "questions-en": "Why?"}
    answer = client.post("/meetings", data=form)
    assert meeting_of(store, answer.headers["Location"]).questions == ("Why?",)


def test_a_meeting_without_title_is_refused_and_keeps_what_was_typed(
    client: FlaskClient,
) -> None:
    answer = client.post("/meetings", data=FORM | {"title": "  ", "own": "내 질문?"})
    assert answer.status_code == 400
    assert "모임 이름을 적어 주세요." in answer.text and "내 질문?" in answer.text


def test_a_survey_without_questions_is_refused(client: FlaskClient) -> None:
    answer = client.post("/meetings", data=FORM)
    assert answer.status_code == 400
    assert "질문을 하나 이상" in answer.text


def test_a_sheet_without_address_is_refused(client: FlaskClient) -> None:
    answer = client.post("/meetings", data=FORM | {"source": "google_sheet"})
    assert answer.status_code == 400
    assert "스프레드시트 주소" in answer.text


def test_a_wrong_sheet_address_is_explained_on_the_hosts_page(
    client: FlaskClient,
) -> None:
    form = FORM | {"source": "google_sheet", "sheet": "https://forms.gle/abc"}
    page = client.post("/meetings", data=form, follow_redirects=True)
    assert "구글 시트 주소가 아니에요" in page.text


def test_a_meeting_for_a_file_asks_for_the_file(client: FlaskClient) -> None:
    page = client.post(
        "/meetings", data=FORM | {"source": "file"}, follow_redirects=True
    )
    assert 'type="file"' in page.text and "파일을 올리면" in page.text
