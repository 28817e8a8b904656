"""gunicorn with our configuration and the real app, on an embedded Valkey."""

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from launcher.programs import WEB
from tests.ground.running import ROOT, Running, free_port, until


def page(
    port: int,
    path: str,
    body: dict | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Status and text; a POST of JSON when there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(
        f"http://127.0.0.1:{port}{path}",
        data=data,
        headers={"Content-Type": "application/json"} | (headers or {}),
    )
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def web(launch, tmp_path):
    """The real web process; Redis comes from a launcher with stand-ins."""
    ground: Running = launch()
    ground.wait_until_announced()
    port = free_port()
    env = os.environ | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "HOME": str(tmp_path),
        "SECRET_KEY": "k" * 32,
        "REDIS_URL": f"unix://{ground.data}/valkey/valkey.sock?db=0",
    }
    log = tmp_path / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(WEB, cwd=ROOT, env=env, stdout=out, stderr=out)
    until(lambda: "Listening at" in log.read_text() or process.poll() is not None)
    process.port, process.log = port, log
    yield process
    process.kill()
    process.wait()


def test_missing_setting_ends_the_web_process_with_2_and_a_sentence():
    done = subprocess.run(
        WEB,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert "SECRET_KEY is not set." in done.stderr


def test_a_page_open_to_others_without_a_password_for_hosts_is_refused():
    done = subprocess.run(
        WEB,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORT": str(free_port()),
            "HOST": "0.0.0.0",
            "SECRET_KEY": "k" * 32,
            "REDIS_URL": "redis://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert "HOST_PASSWORD is not set, but HOST lets other machines in." in done.stderr


def test_page_is_small_in_memory_and_stops_when_told(web):
    until(lambda: page(web.port, "/healthz")[0] == 200)
    for _ in range(20):
        assert page(web.port, "/")[0] == 200
    family = [psutil.Process(web.pid), *psutil.Process(web.pid).children()]
    assert len(family) == 2
    # Shared pages are counted in both, so this is more than they really take.
    assert max(process.memory_info().rss for process in family) < 150e6
    web.send_signal(signal.SIGTERM)
    assert web.wait(20) == 0


def test_no_worker_means_not_ready(web):
    until(lambda: page(web.port, "/healthz")[0] == 200)
    assert page(web.port, "/readyz")[0] == 503


def test_forwarding_headers_are_not_believed_unless_asked(web):
    until(lambda: page(web.port, "/healthz")[0] == 200)
    status, text = page(
        web.port,
        "/api/v1/meetings",
        body={"title": "Monday", "language": "en", "questions": ["Tea or coffee?"]},
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.org"},
    )
    assert status == 201
    assert json.loads(text)["survey_url"].startswith(f"http://127.0.0.1:{web.port}/")


def test_paths_are_not_logged_since_they_hold_join_codes(web):
    until(lambda: page(web.port, "/healthz")[0] == 200)
    assert page(web.port, "/s/ABCDEF")[0] == 404
    assert "ABCDEF" not in web.log.read_text()


def test_configuration_names_an_ipv6_address_in_brackets(monkeypatch):
    for host, bind in [("::1", "[::1]:9000"), ("0.0.0.0", "0.0.0.0:9000")]:
        monkeypatch.setenv("HOST", host)
        monkeypatch.setenv("PORT", "9000")
        settings: dict = {}
        exec(Path(ROOT, "gunicorn.conf.py").read_text("utf-8"), settings)
        assert settings["bind"] == bind


def test_no_control_socket_is_left_in_the_home_folder(web, tmp_path):
    until(lambda: page(web.port, "/healthz")[0] == 200)
    assert not list(tmp_path.rglob("*.ctl"))
