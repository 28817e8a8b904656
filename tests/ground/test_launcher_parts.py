"""The small parts of the launcher: .env, output, sockets, the key, `make env`."""

import io
import os
import stat
from pathlib import Path

import pytest

from launcher import address, dotenv, env_file, valkey
from launcher.config import ConfigError, LauncherConfig
from launcher.output import Lines, LogFile, Output
from launcher.secret import secret_key_file


class Terminal(io.StringIO):
    """A text stream that says it is a real terminal."""

    def isatty(self) -> bool:
        return True


def test_env_file_line_without_a_name_is_refused_without_its_content(tmp_path):
    path = tmp_path / ".env"
    path.write_text("PORT=9000\nhunter2\n")
    with pytest.raises(ConfigError) as refusal:
        dotenv.read(path)
    assert str(refusal.value) == ".env, line 2 must read NAME=value."


def test_environment_wins_over_env_file_and_empty_values_are_left_out(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# a comment\n\nPORT=9000\nHOST='0.0.0.0'\nPUBLIC_URL=\nA=b=c\n")
    merged = dotenv.merged(path, {"PORT": "9001"})
    assert merged == {"PORT": "9001", "HOST": "0.0.0.0", "A": "b=c"}


def test_missing_env_file_is_fine(tmp_path):
    assert dotenv.read(tmp_path / ".env") == {}


def test_redis_url_of_another_kind_is_refused_without_repeating_it():
    with pytest.raises(ConfigError) as refusal:
        LauncherConfig.from_env({"REDIS_URL": "http://:hunter2@example.org"})
    assert "must start with redis://" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_data_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    config = LauncherConfig.from_env({"DATA_DIR": str(tmp_path / "file" / "data")})
    with pytest.raises(ConfigError, match="DATA_DIR must be a folder"):
        config.make_folders()


def test_key_that_others_may_read_is_refused(tmp_path):
    secret_key_file(tmp_path).chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        secret_key_file(tmp_path)


def test_second_run_of_a_data_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(valkey, "LOCK_PATIENCE", 0.2)
    first = valkey.Valkey(tmp_path)
    with pytest.raises(ConfigError, match="Another run uses"):
        valkey.Valkey(tmp_path)
    os.close(first.lock)
    os.close(valkey.Valkey(tmp_path).lock)


def test_long_data_folder_gets_a_socket_with_a_short_path(tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    server = valkey.Valkey(deep)
    os.close(server.lock)
    assert len(os.fsencode(server.socket)) <= valkey.LONGEST_SOCKET_PATH
    assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
    server.socket.parent.rmdir()


def test_folder_with_a_space_gives_a_url_that_redis_reads(tmp_path):
    from redis.connection import parse_url

    folder = tmp_path / "내 회의 %41"
    folder.mkdir()
    server = valkey.Valkey(folder)
    os.close(server.lock)
    assert parse_url(server.url)["path"] == str(server.socket)


def test_progress_is_drawn_in_place_and_not_logged(tmp_path):
    terminal = Terminal()
    lines = Lines("worker", Output(tmp_path, terminal))
    lines.feed(b"start\n10 %\r20 %\r")
    lines.feed("끝".encode()[:2])
    lines.feed("끝".encode()[2:] + b"\r")
    lines.feed(b"\n")
    lines.close()
    assert terminal.getvalue() == (
        "worker | start\n"
        "\rworker | 10 %\x1b[K"
        "\rworker | 20 %\x1b[K"
        "\r\x1b[Kworker | 끝\n"
    )
    log = (tmp_path / "worker.log").read_text("utf-8").splitlines()
    assert [line.rsplit(" ", 1)[1] for line in log] == ["start", "끝"]


def test_last_words_without_a_line_end_are_printed(tmp_path):
    terminal = io.StringIO()
    lines = Lines("web", Output(tmp_path, terminal))
    lines.feed(b"Segmentation fault")
    lines.close()
    assert terminal.getvalue() == "web    | Segmentation fault\n"


def test_closed_terminal_does_not_stop_the_launcher(tmp_path):
    terminal = io.StringIO()
    output = Output(tmp_path, terminal)
    terminal.close()
    output.say("nobody reads this")


def test_a_log_on_a_full_disk_ends_nothing_and_prints_nothing(capsys):
    """It ended the launcher when a program died while the disk was full."""
    log = LogFile(Path("/dev/full"))
    log.write("no space left for this")
    log.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
    ],
)
def test_local_url(host, url):
    assert address.local_url(host, 8000) == url


def test_only_an_open_host_has_a_network_url():
    assert address.network_url("127.0.0.1", 8000) is None


def test_make_env_fills_secrets_once_and_for_the_owner_only(tmp_path, capsys):
    (tmp_path / ".env.example").write_text(
        "# x\nSECRET_KEY=\nREDIS_PASSWORD=\nPORT=1\n"
    )
    assert env_file.main(tmp_path) == 0
    written = (tmp_path / ".env").read_text()
    settings = dotenv.read(tmp_path / ".env")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert len(settings["SECRET_KEY"]) > 40
    assert settings["SECRET_KEY"] != settings["REDIS_PASSWORD"]
    assert settings["PORT"] == "1"
    assert env_file.main(tmp_path) == 2
    assert (tmp_path / ".env").read_text() == written
    assert "left as it is" not in capsys.readouterr().out
