"""Dockerfile and docker-compose.yml, checked as far as it goes without an engine."""

import os
import re
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from redis import Redis
from rq import Queue, SimpleWorker

from launcher.programs import WORKER_STOP_SECONDS
from launcher.valkey import _binary
from tests.ground.running import free_port, until

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
SECONDS = {"s": 1, "m": 60, "h": 3600}


def stages() -> dict[str, list[str]]:
    """The instructions of each target of the Dockerfile."""
    found: dict[str, list[str]] = {}
    for line in DOCKERFILE.splitlines():
        if named := re.match(r"FROM \S+ AS (\S+)", line):
            found[named[1]] = []
        elif line.strip() and not line.startswith("#") and found:
            found[list(found)[-1]].append(line.strip())
    return found


def seconds(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def test_only_the_page_is_published():
    assert [name for name, s in SERVICES.items() if s.get("ports")] == ["web"]
    assert SERVICES["web"]["ports"] == ["${HOST:-127.0.0.1}:${PORT:-8000}:8000"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("redis", "worker", "worker-gpu"):
        assert SERVICES[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_careful(name):
    service = SERVICES[name]
    assert service["init"] is True
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["web", "worker", "worker-gpu"])
def test_our_images_run_as_a_user_without_rights_and_have_a_check(name):
    target = SERVICES[name]["build"]["target"]
    lines = stages()[target]
    order = [line.split()[0] for line in lines]
    assert order.index("USER") < order.index("CMD")
    assert "USER icebreaker" in lines
    assert "HEALTHCHECK" in order or "healthcheck" in SERVICES[name]


def test_redis_runs_as_its_own_user():
    assert SERVICES["redis"]["user"] == "valkey"


def test_worker_has_longer_to_stop_than_a_batch_takes():
    for name in ("worker", "worker-gpu"):
        given = seconds(SERVICES[name]["stop_grace_period"])
        assert given >= WORKER_STOP_SECONDS


def test_profile_picks_one_kind_of_worker():
    assert SERVICES["worker"]["profiles"] == ["cpu"]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    devices = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]


def test_images_install_hashed_lists_and_copy_what_exists():
    for name in ("web", "worker", "worker-gpu"):
        lines = stages()[name]
        assert sum("--no-deps --require-hashes -r" in line for line in lines) == 1
        for line in lines:
            if line.startswith("COPY"):
                for source in line.split()[1:-1]:
                    assert (ROOT / source).exists(), line


def test_web_image_has_no_worker_and_worker_image_no_app():
    copied = {name: " ".join(lines) for name, lines in stages().items()}
    assert "COPY worker" not in copied["web"]
    assert "COPY app" not in copied["worker"] + copied["worker-gpu"]


def test_builder_is_sent_what_the_dockerfile_copies_and_no_secret():
    rules = (ROOT / ".dockerignore").read_text().split("\n")
    sources = {s for line in DOCKERFILE.splitlines() if line.startswith("COPY")
               for s in line.split()[1:-1]}  # fmt: skip
    for source in sources:
        assert f"!{source.split('/')[0]}" in rules
    assert rules.index("**/.env*") > rules.index("!app")


def test_every_variable_of_compose_is_in_the_example():
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT))
    example = (ROOT / ".env.example").read_text("utf-8")
    assert used <= set(re.findall(r"^([A-Z_]+)=", example, re.M))


def test_secrets_have_no_default():
    assert "${SECRET_KEY:?" in COMPOSE_TEXT
    assert "${REDIS_PASSWORD:?" in COMPOSE_TEXT
    assert "${HOST_PASSWORD:?" in COMPOSE_TEXT  # the container listens on 0.0.0.0


def test_web_container_is_given_settings_the_app_knows():
    from app.config import WebConfig

    known = {field.name.upper() for field in fields(WebConfig)} | {"WEB_CONCURRENCY"}
    assert set(SERVICES["web"]["environment"]) <= known


@pytest.fixture
def redis_as_composed(tmp_path):
    """The server of docker-compose.yml: its own command line, on a free local port."""
    binary = Path(_binary())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "valkey-server").symlink_to(binary)
    port = free_port()
    shell, flags, script = SERVICES["redis"]["command"]
    script = (
        script.replace("$$", "$")
        .replace("/tmp/valkey.conf", str(tmp_path / "valkey.conf"))
        .replace("--dir /data", f"--dir {tmp_path} --port {port} --bind 127.0.0.1")
    )
    server = subprocess.Popen(
        [shell, flags, script],
        env={"PATH": f"{tmp_path}/bin:{os.defpath}", "REDIS_PASSWORD": "pass-word_1"},
        stdout=subprocess.DEVNULL,
    )
    until(lambda: _listens(port))
    yield port
    server.terminate()
    server.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_redis_asks_for_the_password_and_keeps_a_file(redis_as_composed):
    from redis.exceptions import AuthenticationError

    with pytest.raises(AuthenticationError):
        Redis(port=redis_as_composed).ping()
    redis = Redis.from_url(f"redis://:pass-word_1@127.0.0.1:{redis_as_composed}/0")
    settings = redis.config_get("append*", "maxmemory-policy")
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "always"
    assert settings["maxmemory-policy"] == "noeviction"


def test_worker_is_healthy_only_while_its_own_heart_beats(redis_as_composed):
    url = f"redis://:pass-word_1@127.0.0.1:{redis_as_composed}/0"
    redis = Redis.from_url(url)
    assert not healthy(url), "no worker at all"
    worker = SimpleWorker([Queue("q", connection=redis)], connection=redis)
    worker.register_birth()
    assert healthy(url)
    redis.hset(worker.key, "last_heartbeat", "2026-01-01T00:00:00.000000Z")
    assert not healthy(url), "a silent worker"
    worker.heartbeat()
    redis.hset(worker.key, "hostname", "elsewhere")
    assert not healthy(url), "another container's worker"


def healthy(url: str) -> bool:
    test = SERVICES["worker"]["healthcheck"]["test"]
    assert test[:3] == ["CMD", "python", "-c"]
    done = subprocess.run([sys.executable, "-c", test[3]], env={"REDIS_URL": url})
    return done.returncode == 0
