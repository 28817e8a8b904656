"""`python -m worker.dataset collect` on sites of this machine: manners first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.dataset import blog
from tests.dataset.blog import Listed
from tests.dataset.site import Site, a_hundred, addresses, served, spread
from worker.dataset import __main__ as dataset
from worker.dataset import web
from worker.quality.text import normalise

SOUP = "<h2>좋아하는 국은?</h2><p>할머니의 토란국이요.</p>"


def page(path: str, inner: str = SOUP, **more) -> Listed:
    return Listed(path=path, body=blog.page("ko", 1, inner).encode(), **more)


def site_of(*pages: Listed, **more) -> Site:
    return Site(pages={one.path: one for one in pages}, **more)


def collect(folder: Path, urls: list[str], capsys, *more: str) -> dict:
    """The summary of a run whose output is candidates.jsonl in `folder`."""
    (folder / "urls.txt").write_text("\n".join(["# mine", "", *urls]), "utf-8")
    code = dataset.main(["collect", *arguments(folder, *more)])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out.splitlines()[-1])


def arguments(folder: Path, *more: str) -> list[str]:
    paths = (str(folder / "urls.txt"), str(folder / "candidates.jsonl"))
    return ["--pages", paths[0], "--output", paths[1], "--delay", "0", *more]


def candidates(folder: Path) -> list[dict]:
    return blog.load(folder / "candidates.jsonl")


def test_robots_txt_is_asked_first_and_followed(tmp_path, capsys):
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: IcebreakerDataset\n"
    rules += "Disallow: /*/private$\nCrawl-delay: 0.3\n"
    site = site_of(page("/a/private"), page("/a/open"), page("/b/open"), robots=rules)
    with served(site) as at:
        summary = collect(tmp_path, addresses([site], at), capsys)
    assert site.paths() == ["/robots.txt", "/a/open", "/b/open"]
    assert summary["refused"] == {"robots": 1}
    times = [when for when, _, _ in site.asked]
    assert all(later - earlier >= 0.28 for earlier, later in pairwise(times[1:]))


def test_nothing_is_fetched_where_robots_txt_cannot_be_read(tmp_path, capsys):
    site = site_of(page("/a"), page("/b"), robots=None)
    with served(site) as at:
        summary = collect(tmp_path, addresses([site], at), capsys)
    assert site.paths() == ["/robots.txt"]
    assert summary["refused"] == {"robots_unreadable": 2}


def test_robots_txt_is_followed_where_it_moved_to(tmp_path, capsys):
    moved = {"Location": "/rules.txt"}
    rules = b"User-agent: *\nDisallow: /a\n"
    site = site_of(page("/a"), page("/b"))
    site.unlisted = {
        "/robots.txt": Listed(path="/robots.txt", body=b"", status=301, headers=moved),
        "/rules.txt": Listed(path="/rules.txt", body=rules, kind="text/plain"),
    }
    with served(site) as at:
        collect(tmp_path, addresses([site], at), capsys)
    assert site.paths() == ["/robots.txt", "/rules.txt", "/b"]


def test_we_say_who_we_are_and_ask_one_page_at_a_time(tmp_path, capsys):
    site = site_of(*(page(f"/{n}", seconds=0.05) for n in range(4)))
    with served(site) as at:
        urls = addresses([site], at)
        options = ("--contact", "june@example.com", "--delay", "0.15")
        collect(tmp_path, urls, capsys, *options)
    assert site.most_at_once == 1
    agents = {agent for _, _, agent in site.asked}
    assert agents == {
        "IcebreakerDataset/1 (pages for a quiz data set; june@example.com)"
    }
    times = [when for when, _, _ in site.asked]
    assert all(later - earlier >= 0.14 for earlier, later in pairwise(times))


def test_a_busy_site_is_asked_again_when_it_said(tmp_path, capsys):
    site = site_of(page("/a", busy=1))
    with served(site) as at:
        summary = collect(tmp_path, addresses([site], at), capsys)
    (first, _, _), (second, _, _) = site.asked[1:]
    assert second - first >= 0.95  # its Retry-After is a second
    assert summary["candidates"] == 1


def test_a_site_that_stays_busy_is_left_for_the_next_run(tmp_path, capsys):
    later = {"Retry-After": "3600"}
    site = site_of(page("/a", status=503, headers=later))
    with served(site) as at:
        urls = addresses([site], at)
        assert collect(tmp_path, urls, capsys)["refused"] == {"busy": 1}
        site.pages["/a"] = page("/a")
        summary = collect(tmp_path, urls, capsys)
    assert (summary["already"], summary["candidates"]) == (0, 1)


def test_a_page_that_does_not_come_is_left_for_the_next_run(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(web, "READ_SECONDS", 0.2)
    site = site_of(page("/hangs", seconds=0.6), page("/comes"))
    with served(site) as at:
        urls = addresses([site], at)
        summary = collect(tmp_path, urls, capsys)
        assert summary["refused"] == {"unreachable": 1}
        assert summary["candidates"] == 1
        site.pages["/hangs"] = page("/hangs", "<h2>별명은?</h2><p>곰이요.</p>")
        assert collect(tmp_path, urls, capsys)["candidates"] == 1


def test_only_the_list_is_fetched_and_no_other_site(tmp_path, capsys):
    other = site_of(page("/target"))
    site = site_of(page("/links", SOUP + '<a href="/linked">more</a>'), page("/away"))
    with served(site, other) as (at, elsewhere):
        away = {"Location": elsewhere.replace("127.0.0.1", "localhost") + "/target"}
        site.pages["/away"] = Listed(path="/away", body=b"", status=302, headers=away)
        summary = collect(tmp_path, addresses([site], [at]), capsys)
    assert other.asked == []
    assert "/linked" not in site.paths()
    assert summary["refused"] == {"moved_elsewhere": 1}


def test_a_page_that_moved_to_what_robots_txt_forbids_is_not_fetched(tmp_path, capsys):
    moved = Listed(path="/a", body=b"", status=301, headers={"Location": "/private/a"})
    site = site_of(moved)
    site.unlisted["/private/a"] = page("/private/a")
    with served(site) as at:
        summary = collect(tmp_path, addresses([site], at), capsys)
    assert "/private/a" not in site.paths()
    assert summary["refused"] == {"robots": 1}


def test_an_address_in_hangul_is_asked_for_as_the_web_spells_it(tmp_path, capsys):
    path = "/%EA%B8%80/%ED%95%98%EB%82%98"
    site = site_of(page(path))
    with served(site) as at:
        summary = collect(tmp_path, [f"{at[0]}/글/하나#둘"], capsys)
    assert site.paths() == ["/robots.txt", path]
    assert candidates(tmp_path)[0]["source"]["url"] == f"{at[0]}/글/하나"
    assert summary["candidates"] == 1


def test_what_reads_pages_is_named_where_it_is_not_installed(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "worker.dataset.pages", None)
    (tmp_path / "urls.txt").write_text("http://127.0.0.1:9/a\n", "utf-8")
    assert dataset.main(["collect", *arguments(tmp_path)]) == 2
    assert "make dataset" in capsys.readouterr().err


def test_a_site_that_is_down_costs_only_its_own_pages(tmp_path, capsys):
    site = site_of(page("/a"))
    with served(site) as at:
        urls = ["http://127.0.0.1:9/x", *addresses([site], at)]
        summary = collect(tmp_path, urls, capsys)
    assert summary["refused"] == {"robots_unreadable": 1}
    assert summary["candidates"] == 1


def test_a_row_keeps_its_source_and_loses_personal_data(tmp_path, capsys):
    said = "토란국이요. 제 번호는 010-4821-7730이에요. 겨울이면 꼭 끓여요."
    licence = '<link rel="license" href="https://example.org/terms">'
    body = blog.page("ko", 1, f"<h2>좋아하는 국은?</h2><p>{said}</p>", licence)
    site = site_of(Listed(path="/a", body=body.encode()))
    with served(site) as at:
        summary = collect(tmp_path, addresses([site], at), capsys)
    [row] = candidates(tmp_path)
    assert row["answer"] == "토란국이요. 겨울이면 꼭 끓여요."
    assert summary["redacted"] == 1
    assert row["source"] == {
        "url": f"{at[0]}/a",
        "title": "새내기에게 묻다 1",
        "collected": time.strftime("%Y-%m-%d", time.gmtime()),
        "licence": "https://example.org/terms",
    }
    assert row["lang"] == "ko"


@pytest.mark.parametrize(
    "line", ["ftp://example.org/a", "example.org", "https://me:secret@example.org/"]
)
def test_a_line_that_is_no_address_is_named(tmp_path, capsys, line):
    (tmp_path / "urls.txt").write_text(f"https://example.org/a\n{line}\n", "utf-8")
    assert dataset.main(["collect", *arguments(tmp_path)]) == 2
    assert "urls.txt:2 must be an address" in capsys.readouterr().err


def test_a_hundred_pages_give_what_people_said_on_them(tmp_path, capsys):
    pages = a_hundred()
    sites = spread(pages)
    with served(*sites) as at:
        summary = collect(tmp_path, addresses(sites, at), capsys)
        asked = sum(len(site.asked) for site in sites)
        again = collect(tmp_path, addresses(sites, at), capsys)
        assert sum(len(site.asked) for site in sites) == asked
    assert (again["already"], again["candidates"]) == (100, 0)
    assert summary["refused"] == {
        "asks_to_be_left_out": 2,
        "moved_elsewhere": 1,
        "not_found": 1,
        "not_html": 1,
        "robots": 3,
        "too_large": 1,
    }
    rows = candidates(tmp_path)
    got = {_key(row) for row in rows}
    wanted = {_key(row) for one in pages for row in one.rows}
    assert got <= wanted
    assert len(wanted - got) <= 2  # the rules for health see more than there is
    assert len({row["id"] for row in rows}) == len(rows) == summary["candidates"]


def test_a_killed_run_goes_on_and_fetches_no_page_twice(tmp_path, capsys):
    pages = [
        page(f"/{n}", f"<h2>질문 {n}?</h2><p>답은 {n}번 버스.</p>") for n in range(40)
    ]
    site = site_of(*pages)
    with served(site) as at:
        urls = addresses([site], at)
        (tmp_path / "urls.txt").write_text("\n".join(urls), "utf-8")
        command = [sys.executable, "-m", "worker.dataset", "collect"]
        command += arguments(tmp_path, "--delay", "0.05")
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        log = tmp_path / "candidates.jsonl.pages"
        _wait_for(lambda: log.exists() and log.read_text().count("\n") >= 5)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        with (tmp_path / "candidates.jsonl").open("a") as output:
            output.write('{"id": "torn')  # as a kill in the middle of a line leaves it
        logged = {line["url"].rpartition("/")[2] for line in blog.load(log)}
        before = len(site.asked)
        summary = collect(tmp_path, urls, capsys)
    later = {path.strip("/") for path in site.paths()[before:]}
    assert not later & logged
    assert summary["already"] == len(logged) >= 5
    questions = [row["question"] for row in candidates(tmp_path)]
    assert sorted(questions) == sorted(f"질문 {n}?" for n in range(40))


def _wait_for(look) -> None:
    for _ in range(400):
        if look():
            return
        time.sleep(0.05)
    raise AssertionError("nothing came within 20 seconds")


def _key(row: dict) -> tuple[str, str]:
    return normalise(row["question"]).rstrip("? "), normalise(row["answer"])
