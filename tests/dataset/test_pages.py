"""What a page says: pairs in every form, refusals, licence, encodings."""

from __future__ import annotations

import pytest

from tests.dataset import blog, site
from worker.dataset import pairs
from worker.dataset.pages import Page
from worker.dataset.web import Reply
from worker.quality.text import normalise

INTRO = f"<p>{blog._INTRO['ko']}</p>"


def read(inner: str, head: str = "", **headers: str) -> Page:
    text = blog.page("ko", 1, inner, head)
    return Page(text, headers, "https://example.org/1")


def found(inner: str) -> list[tuple[str, str]]:
    page = read(inner)
    said = [*pairs.of_data(page.data()), *pairs.of_lines(page.lines())]
    return [(one.question, one.answer) for one in pairs.distinct(said)]


@pytest.mark.parametrize("layout", blog.LAYOUTS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_form_gives_the_questions_with_their_whole_answers(layout, lang):
    drawn = blog.rows(lang)
    said = [next(drawn) for _ in range(3)]
    page = Page(blog.page(lang, 3, layout(said)), {}, "https://example.org/3")
    got = pairs.distinct([*pairs.of_data(page.data()), *pairs.of_lines(page.lines())])
    assert [(one.question.rstrip("?"), normalise(one.answer)) for one in got] == [
        (one["question"].rstrip("?"), normalise(one["answer"])) for one in said
    ]


@pytest.mark.parametrize(
    ("inner", "pair"),
    [
        ("<p>Q. 취미는? A. 등산이요.</p>", ("취미는?", "등산이요.")),
        ("<p>[질문 2] 별명은요?</p><p>[답변] 곰.</p>", ("별명은요?", "곰.")),
        ("<p>▶ 커피는 하루 몇 잔?</p><p>두 잔.</p>", ("커피는 하루 몇 잔?", "두 잔.")),
        (
            "<div><p><strong>Q1:</strong> Which soup?</p>"
            "<p><strong>Answer:</strong> Borscht.</p></div>",
            ("Which soup?", "Borscht."),
        ),
        (
            "<ul><li><p class='q'>1. 별명은?</p><div>곰이요.<br>늘.</div></li></ul>",
            ("별명은?", "곰이요. 늘."),
        ),
        (
            "<p><b>Q. 자랑을 해 주세요.</b> 팔씨름은 안 져요.</p>",
            ("자랑을 해 주세요.", "팔씨름은 안 져요."),
        ),
        ("<h3>가장 아끼는 물건은</h3><p>대패.</p>", ("가장 아끼는 물건은", "대패.")),
        ("<p>어디 사세요?</p><p>A: 강릉.</p>", ("어디 사세요?", "강릉.")),
        ("<p>“단골집은?”</p><p>A. 국숫집.</p>", ("단골집은?", "국숫집.")),
        ("<h2>요리는?</h2><ul><li>국수</li><li>죽</li></ul>", ("요리는?", "국수 죽")),
    ],
)
def test_other_ways_to_write_a_question_and_its_answer(inner, pair):
    assert found(INTRO + inner) == [pair]


def test_what_only_looks_like_a_question_gives_no_pair():
    text = "<p>오늘은 뭘 먹을까? 고민하다가 국수를 먹었습니다.</p>"
    subscribe = "<h2>구독하시겠어요?</h2><h3>지난 글</h3><p>목록입니다.</p>"
    bold = "<p><b>주의</b>하세요. 길이 미끄럽습니다.</p>"
    assert found(INTRO + text + subscribe + bold) == []


def test_menu_comments_and_footer_are_no_answers():
    answers = " ".join(answer for _, answer in found("<h2>취미는?</h2><p>등산.</p>"))
    assert answers == "등산."


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (site.NOAI, {}),
        ('<meta name="ROBOTS" content="NOINDEX,FOLLOW">', {}),
        ('<meta name="icebreakerdataset" content="none">', {}),
        ('<meta name="tdm-reservation" content="1">', {}),
        ("", {"x-robots-tag": "noai"}),
        ("", {"x-robots-tag": "IcebreakerDataset: noindex"}),
        ("", {"tdm-reservation": "1"}),
    ],
)
def test_a_page_that_asks_to_be_left_out_refuses(head, headers):
    assert read("<h2>취미는?</h2><p>등산.</p>", head, **headers).refuses


def test_what_a_page_tells_another_robot_is_no_refusal():
    assert not read("", **{"x-robots-tag": "googlebot: noindex"}).refuses
    assert not read("", '<meta name="robots" content="index, nofollow">').refuses


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
        '<meta name="DC.rights" content="https://creativecommons.org/licenses/by/4.0/">',
        '<script type="application/ld+json">{"@graph": [{"@type": "Article", '
        '"license": "https://creativecommons.org/licenses/by/4.0/"}]}</script>',
    ],
)
def test_a_page_tells_its_title_and_licence(head):
    page = read("", head)
    assert page.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert page.title.startswith("새내기에게 묻다")


def test_a_page_without_a_licence_has_none_and_broken_data_is_passed_over():
    page = read("", '<script type="application/ld+json">{"@type": </script>')
    assert page.licence is None
    assert list(page.data()) == []


def test_the_accepted_answer_of_a_question_page_is_taken():
    data = {
        "@type": ["Question"],
        "name": "Best &amp; worst soup?",
        "suggestedAnswer": [{"text": "Any."}],
        "acceptedAnswer": {"text": "&lt;p&gt;Borscht.&lt;/p&gt;"},
    }
    [pair] = pairs.of_data([data])
    assert (pair.question, pair.answer) == ("Best & worst soup?", "Borscht.")


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=EUC-KR"])
def test_old_korean_encodings_are_read(kind):
    text = '<meta charset="euc-kr"><p>똠방각하</p>'
    reply = Reply(status=200, headers={"content-type": kind}, body=text.encode("cp949"))
    assert "똠방각하" in reply.text


def test_control_characters_do_not_cost_the_page():
    inner = "<h2>좋아하는&#x1F; 국은?\x00</h2><p>토란국.&#0;</p>"
    assert found(INTRO + inner) == [("좋아하는 국은?", "토란국.")]


def test_a_page_of_nothing_but_tags_ends():
    for inner in ("<div>" * 20_000, "<ul><li>" * 3_000, "<b>" * 3_000 + "Q. a?"):
        assert found(inner) == []


@pytest.mark.parametrize("text", ["", "<html></html>", "<!-- -->"])
def test_a_page_without_anything_has_no_lines(text):
    page = Page(text, {}, "https://example.org")
    assert (page.lines(), page.title, page.refuses) == ([], "", False)
