"""The hundred pages on real sites of this machine, some of them unfriendly."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

from tests.dataset import blog
from tests.dataset.blog import ON_A_PAGE, PAGES, Listed

SITES = 4
ROBOTS = "User-agent: *\nDisallow: /private/\nAllow: /\n\nUser-agent: OtherBot\n"
ROBOTS += "Disallow: /\n"
NOAI = '<meta name="robots" content="noai, noimageai">'
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@dataclass
class Site:
    """What one site has, and what it was asked for and when."""

    pages: dict[str, Listed] = field(default_factory=dict)
    unlisted: dict[str, Listed] = field(default_factory=dict)
    robots: str | None = ROBOTS
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    told_busy: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]


def a_hundred() -> list[Listed]:
    """The pages, those that are refused or empty at the end."""
    drawn = {lang: blog.rows(lang) for lang in ("ko", "en")}
    special = list(_special(drawn))
    plain = []
    for number in range(PAGES - len(special)):
        lang = "en" if number % 3 == 2 else "ko"
        said = list(islice(drawn[lang], ON_A_PAGE))
        layout = blog.LAYOUTS[number % len(blog.LAYOUTS)]
        shown = [blog.with_contact(said[0]), *said[1:]] if number % 10 == 0 else said
        head = f'<link rel="license" href="{LICENCE}">' if number % 4 == 0 else ""
        body = blog.page(lang, number, layout(shown), head).encode()
        plain.append(Listed(path=f"/post/{number}", body=body, rows=tuple(said)))
    return plain + special


def _special(drawn) -> Iterator[Listed]:
    said = {lang: list(islice(drawn[lang], 12)) for lang in drawn}
    text = blog.page("ko", 1, blog.LAYOUTS[0](said["ko"][:2]))
    html, found = text.encode(), tuple(said["ko"][:2])
    yield Listed(path="/slow", body=html, rows=found, seconds=0.5)
    yield Listed(path="/copied", body=html)  # the same words once more
    for number in range(3):
        yield Listed(path=f"/private/{number}", body=html)
    yield Listed(path="/gone", body=b"gone", status=404)
    yield Listed(path="/paper.pdf", body=b"%PDF-1.7", kind="application/pdf")
    yield Listed(path="/huge", body=b"<p>" + b"word " * 1_200_000)
    yield Listed(path="/noai", body=blog.page("ko", 2, "", NOAI).encode())
    refusal = {"X-Robots-Tag": "noindex, nofollow"}
    yield Listed(path="/noindex", body=html, headers=refusal)
    other = {"Location": "http://localhost:9/elsewhere"}
    yield Listed(path="/leads-away", body=b"", status=302, headers=other)
    moved = {"Location": "/moved-here"}  # of the same site, and empty
    yield Listed(path="/moved", body=b"", status=301, headers=moved)
    old = blog.page("ko", 3, blog.LAYOUTS[3](said["ko"][2:4])).replace(
        "utf-8", "euc-kr"
    )
    old_body = old.encode("cp949", errors="xmlcharrefreplace")
    yield Listed(
        path="/euc-kr", body=old_body, rows=tuple(said["ko"][2:4]), kind="text/html"
    )
    busy = blog.page("en", 4, blog.LAYOUTS[1](said["en"][:2])).encode()
    yield Listed(path="/busy", body=busy, rows=tuple(said["en"][:2]), busy=1)
    leaked = tuple(blog.frozen(2))
    leak = blog.page("ko", 5, blog.LAYOUTS[0](leaked)).encode()
    yield Listed(path="/leak", body=leak, rows=leaked)
    plain = "<p>비가 와서 오늘은 쉽니다. 내일 다시 만나요.</p>"
    yield Listed(path="/no-questions", body=blog.page("ko", 6, plain).encode())
    foreign = "<h2>好きな食べ物は?</h2><p>母の作るカレーです。毎週食べます。</p>"
    yield Listed(path="/japanese", body=blog.page("ko", 7, foreign).encode())
    ill = "<h2>요즘 어떻게 지내세요?</h2><p>항암 치료를 받고 있어요.</p>"
    yield Listed(path="/ill", body=blog.page("ko", 8, ill).encode())


class Handler(BaseHTTPRequestHandler):
    """Answers for a `Site`."""

    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        site = self.site
        with site.lock:
            agent = self.headers.get("User-Agent", "")
            site.asked.append((time.monotonic(), self.path, agent))
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            self._answer(site)
        finally:
            with site.lock:
                site.at_once -= 1

    def _answer(self, site: Site) -> None:
        if self.path == "/robots.txt" and self.path not in site.unlisted:
            status = 200 if site.robots is not None else 500
            return self._send(status, (site.robots or "").encode(), "text/plain")
        listed = (site.pages | site.unlisted).get(self.path)
        if listed is None:
            return self._send(404, b"not here", "text/plain")
        if site.told_busy[self.path] < listed.busy:
            site.told_busy[self.path] += 1
            return self._send(503, b"", "text/plain", {"Retry-After": "1"})
        time.sleep(listed.seconds)
        return self._send(listed.status, listed.body, listed.kind, listed.headers)

    def _send(self, status: int, body: bytes, kind: str, headers=()) -> None:
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # who asked had enough

    def log_message(self, *args) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """Nothing: who asks may hang up whenever it likes."""


@contextmanager
def served(*sites: Site) -> Iterator[list[str]]:
    """The addresses of sites that are up."""
    servers = []
    for site in sites:
        handler = type("OneSite", (Handler,), {"site": site})
        server = Server(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
    try:
        yield [f"http://127.0.0.1:{server.server_port}" for server, _ in servers]
    finally:
        for server, thread in servers:
            server.shutdown()
            server.server_close()
            thread.join()


def spread(pages: Sequence[Listed], count: int = SITES) -> list[Site]:
    """The pages over some sites, one after the other."""
    unlisted = Listed(path="/moved-here", body=blog.page("ko", 9, "").encode())
    sites = [Site(unlisted={unlisted.path: unlisted}) for _ in range(count)]
    for number, page in enumerate(pages):
        sites[number % count].pages[page.path] = page
    return sites


def addresses(sites: Sequence[Site], at: Sequence[str]) -> list[str]:
    """The address of every page, as a list for `collect` has them."""
    return [
        address + path
        for site, address in zip(sites, at, strict=True)
        for path in site.pages
    ]
