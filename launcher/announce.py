"""Tell the person at the terminal where the page is and when the model is warm."""

from __future__ import annotations

import time
from pathlib import Path

from launcher.address import local_url, network_url, status_of
from launcher.config import LauncherConfig
from launcher.output import Output

MODEL_CHECK_SECONDS = 2.0


class Announcer:
    """Says each thing once."""

    def __init__(self, config: LauncherConfig, output: Output) -> None:
        self._config = config
        self._output = output
        self.password_file: Path | None = None  # set where one was made
        self._page_was_announced = False
        self._model_was_announced = False
        self._next_check = 0.0

    def page_answers(self) -> bool:
        status = status_of(self._config.host, self._config.port, "/")
        return status is not None and status < 500

    def announce_page(self) -> None:
        host, port = self._config.host, self._config.port
        lines = [f"Icebreaker is at {local_url(host, port)}"]
        if network := network_url(host, port):
            lines.append(f"For phones in this network: {network}")
        if self.password_file:
            password = self.password_file.read_text("ascii").strip()
            lines.append(f"To create a meeting, log in with: {password}")
        lines.append("Ctrl-C stops everything.")
        self._output.say("\n" + "\n".join(lines) + "\n")
        self._page_was_announced = True
        if not self._model_is_warm():
            self._output.say("The model is getting ready; the page tells how far.")

    def announce_model(self) -> None:
        """Call often; looks at /readyz every few seconds until the model is warm."""
        if self._model_was_announced or not self._page_was_announced:
            return
        if time.monotonic() >= self._next_check:
            self._model_is_warm()

    def _model_is_warm(self) -> bool:
        self._next_check = time.monotonic() + MODEL_CHECK_SECONDS
        status = status_of(self._config.host, self._config.port, "/readyz")
        if status == 200:
            self._output.say("The model is ready: answers become quizzes now.")
            self._model_was_announced = True
        return self._model_was_announced
