"""Settings: what is missing or wrong is named, with the next step."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from app.config import WebConfig
from app.errors import ConfigError

ENV = {"SECRET_KEY": "0123456789abcdef", "REDIS_URL": "redis://127.0.0.1/0"}


def complaint(**env: str) -> str:
    with pytest.raises(ConfigError) as refused:
        WebConfig.from_env(ENV | env)
    return str(refused.value)


def test_defaults() -> None:
    config = WebConfig.from_env(ENV)
    assert config == WebConfig(
        secret_key="0123456789abcdef", redis_url="redis://127.0.0.1/0"
    )
    assert (config.sheet_poll_seconds, config.retention_days) == (10, 7)


def test_everything_set(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.touch()
    config = WebConfig.from_env(
        ENV
        | {
            "GOOGLE_APPLICATION_CREDENTIALS": str(key),
            "SHEETS_API_URL": "http://127.0.0.1:8080/",
            "SHEET_POLL_SECONDS": "5",
            "RETENTION_DAYS": "30",
            "TRUSTED_PROXIES": "1",
            "PUBLIC_URL": "https://quiz.example/",
            "SECURE_COOKIES": "true",
            "HOST": "0.0.0.0",
            "HOST_PASSWORD": "open sesame, twice",
            "METRICS_TOKEN": "0123456789abcdef",
            "LOG_FORMAT": "json",
        }
    )
    assert (config.host, config.host_password) == ("0.0.0.0", "open sesame, twice")
    assert (config.metrics_token, config.log_format) == ("0123456789abcdef", "json")
    assert config.google_application_credentials == key
    assert config.sheets_api_url == "http://127.0.0.1:8080"
    assert (config.sheet_poll_seconds, config.retention_days) == (5, 30)
    assert (config.trusted_proxies, config.secure_cookies) == (1, True)
    assert config.public_url == "https://quiz.example"


def test_cookies_go_by_https_only_where_the_address_says_https() -> None:
    public = WebConfig.from_env(ENV | {"PUBLIC_URL": "https://quiz.example"})
    plain = WebConfig.from_env(ENV | {"PUBLIC_URL": "http://quiz.example"})
    assert (public.secure_cookies, plain.secure_cookies) == (True, False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "quiz.example"])
def test_an_address_for_others_needs_a_password_for_hosts(host: str) -> None:
    said = complaint(HOST=host)
    assert said.startswith("HOST_PASSWORD is not set, but HOST lets other machines in.")
    assert repr(host) in said
    assert "at least 12 characters" in complaint(HOST=host, HOST_PASSWORD="short")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", ""])
def test_an_address_for_this_machine_needs_none(host: str) -> None:
    assert WebConfig.from_env(ENV | {"HOST": host}).host_password is None


def test_secret_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef\n", encoding="utf-8")
    env = {"SECRET_KEY_FILE": str(secret), "REDIS_URL": ENV["REDIS_URL"]}
    assert WebConfig.from_env(env).secret_key == "0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("REDIS_URL", ""),
        ("REDIS_URL", "http://127.0.0.1"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json"),
        ("SHEETS_API_URL", "https://example.org"),
        ("SHEET_POLL_SECONDS", "0"),
        ("SHEET_POLL_SECONDS", "ten"),
        ("RETENTION_DAYS", "366"),
        ("RETENTION_DAYS", "²"),
        ("TRUSTED_PROXIES", "-1"),
        ("PUBLIC_URL", "quiz.example"),
        ("SECURE_COOKIES", "True"),
    ],
)
def test_complaint_names_the_variable(name: str, value: str) -> None:
    assert complaint(**{name: value}).startswith(name)


def test_unreadable_secret_file_is_named() -> None:
    message = complaint(SECRET_KEY="", SECRET_KEY_FILE="/nowhere")
    assert message == (
        "SECRET_KEY_FILE must be a readable text file. Received: '/nowhere'."
    )


def test_a_complaint_never_repeats_a_password() -> None:
    assert "hunter2" not in complaint(REDIS_URL="rdis://:hunter2@db/0")


def test_process_without_settings_says_so_and_exits_with_2() -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "REDIS_URL")}
    done = subprocess.run(
        [sys.executable, "-c", "import app; app.create_app_from_env()"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("SECRET_KEY is not set.")
    assert "Traceback" not in done.stderr


def test_every_setting_is_in_the_example() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text("utf-8")
    names = {line.partition("=")[0] for line in example.splitlines()}
    assert {field.name.upper() for field in fields(WebConfig)} - names == set()
