"""`make run`, with stand-ins for the web process and the worker."""

import signal
import socket
import stat
import sys

import psutil
import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.ground.running import Running, until


def redis_of(running: Running) -> Redis:
    return Redis(unix_socket_path=str(running.data / "valkey" / "valkey.sock"))


def answers(running: Running) -> bool:
    try:
        return redis_of(running).ping()
    except RedisError:
        return False


def test_busy_port_is_refused_with_a_way_out(launch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        running = launch(PORT=str(port))
        assert running.wait() == 2
    assert running.text() == (
        f"Port {port} on 127.0.0.1 is in use. Stop the program that uses it, or "
        f"choose another port: make run PORT={port + 1}.\n"
    )
    assert not running.data.exists()


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "８０"])
def test_odd_port_is_refused(launch, tmp_path, port):
    from launcher.config import ConfigError, LauncherConfig

    with pytest.raises(ConfigError, match="PORT must be a whole number"):
        LauncherConfig.from_env({"PORT": port})


def test_foreign_host_is_refused(launch):
    running = launch(HOST="192.0.2.7")
    assert running.wait() == 2
    assert "HOST must be an address of this machine" in running.text()


def test_refused_setting_of_the_worker_stops_everything_with_2(launch):
    running = launch(STAND_IN_WORKER="refuse")
    assert running.wait() == 2
    assert "worker | ADAPTER must be a folder." in running.text()
    assert "The worker process refused a setting, see above." in running.text()


def test_url_is_printed_once_when_the_page_answers(launch):
    running = launch()
    running.wait_for("The model is getting ready")
    running.wait_for("The model is ready: answers become quizzes now.")
    url = f"Icebreaker is at http://127.0.0.1:{running.port}\n"
    assert running.text().count(url) == 1


def test_secret_key_is_made_once_for_its_owner_only(launch):
    running = launch()
    running.wait_until_announced()
    path = running.data / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(running.data.stat().st_mode) == 0o700
    key = path.read_text()
    assert len(key.strip()) >= 32
    assert (running.data / "web.key").read_text() == str(path)
    running.stop()
    again = launch()
    until(lambda: again.text().count("Icebreaker is at") == 2)
    assert path.read_text() == key


def test_who_lets_phones_in_is_told_a_password_for_hosts(launch):
    running = launch(HOST="0.0.0.0")
    running.wait_until_announced()
    path = running.data / "host_password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = path.read_text().strip()
    assert len(password) == 14
    running.wait_for(f"To create a meeting, log in with: {password}\n")
    assert "HOST_PASSWORD_FILE\n" in (running.data / "web.env").read_text()
    logs = "".join(log.read_text() for log in (running.data / "logs").iterdir())
    assert password not in logs


def test_a_password_of_ones_own_is_not_printed(launch):
    running = launch(HOST="0.0.0.0", HOST_PASSWORD="open sesame, twice")
    running.wait_until_announced()
    assert not (running.data / "host_password").exists()
    assert "log in with" not in running.text() and "sesame" not in running.text()


def test_worker_is_told_no_web_secret(launch):
    running = launch(
        SECRET_KEY="k" * 32,
        HOST_PASSWORD="open sesame, twice",
        METRICS_TOKEN="m" * 32,
        GOOGLE_APPLICATION_CREDENTIALS="/key",
    )
    running.wait_for("worker stand-in works")
    seen = (running.data / "worker.env").read_text().split("\n")
    assert not {"SECRET_KEY", "HOST_PASSWORD", "METRICS_TOKEN"} & set(seen)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in seen
    assert {"REDIS_URL", "DATA_DIR"} <= set(seen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopping_ends_web_then_worker_then_valkey(launch, number):
    running = launch()
    running.wait_for("worker stand-in works")
    running.wait_until_announced()
    children = running.children()
    assert len(children) == 3
    assert running.stop(number) == 0
    order = (running.data / "stopped").read_text()
    assert order == "web\nworker, redis answers: True\n"
    assert not [child for child in children if child.is_running()]


def test_second_interrupt_does_not_wait_for_a_busy_worker(launch):
    running = launch(STAND_IN_WORKER="busy")
    running.wait_for("worker stand-in works")
    running.wait_until_announced()
    running.signal(signal.SIGINT)
    running.wait_for("Waiting for the worker process")
    assert running.stop(signal.SIGINT) == 0
    assert not (running.data / "valkey" / "valkey.sock").exists()


def test_killed_worker_comes_back_and_the_web_process_stays(launch):
    running = launch()
    running.wait_until_announced()
    web = running.child("web.py")
    redis = redis_of(running)
    until(lambda: redis.llen("starts") == 1)
    running.child("worker.py").kill()
    until(lambda: redis.llen("starts") == 2)
    assert (
        "The worker process ended (SIGKILL); it starts again in 1 s." in running.text()
    )
    assert web.is_running()


def test_killed_valkey_comes_back_with_its_data(launch):
    running = launch()
    running.wait_until_announced()
    redis_of(running).set("kept", "yes")
    running.child("valkey-server").kill()
    running.wait_for("The valkey process ended (SIGKILL)")
    until(lambda: answers(running))
    assert redis_of(running).get("kept") == b"yes"


def test_data_outlives_a_restart(launch):
    running = launch()
    running.wait_until_announced()
    redis_of(running).set("kept", "yes")
    running.stop()
    again = launch()
    until(lambda: answers(again))
    assert redis_of(again).get("kept") == b"yes"


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux only")
def test_killed_launcher_leaves_no_process_and_can_start_again(launch):
    running = launch()
    running.wait_for("worker stand-in works")
    running.wait_until_announced()
    children = running.children()
    running.signal(signal.SIGKILL)
    running.wait()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    again = launch()
    until(lambda: again.text().count("Icebreaker is at") == 2)


def test_own_redis_is_used_when_its_url_is_given(launch, tmp_path):
    first = launch()
    first.wait_until_announced()
    url = f"unix://{first.data}/valkey/valkey.sock?db=0"
    second = Running(tmp_path / "second", REDIS_URL=url)
    try:
        second.wait_until_announced()
        assert not (second.data / "valkey").exists()
        until(lambda: redis_of(first).llen("starts") == 2)
    finally:
        second.end()


def test_prints_go_to_the_terminal_and_to_a_private_log(launch):
    running = launch()
    running.wait_for("worker | worker stand-in works")
    log = running.data / "logs" / "worker.log"
    until(lambda: "worker stand-in works" in log.read_text())
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
