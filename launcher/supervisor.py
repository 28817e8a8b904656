"""Start programs in order, keep them running, stop them in reverse order.

One thread and one loop: output, deaths and signals all wake the same selector.
"""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from types import FrameType

from launcher.child import Child, Program
from launcher.output import Output

TICK_SECONDS = 0.25
HURRY_SECONDS = 1.0
TRIES_BEFORE_READY = 5
SETTINGS_REFUSED = 2  # exit code by which web and worker refuse a setting
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs `programs`; each starts once the one before it is ready."""

    def __init__(
        self,
        programs: Sequence[Program],
        output: Output,
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.children = [Child(program, output) for program in programs]
        self._output = output
        self._on_tick = on_tick
        self._selector = selectors.DefaultSelector()
        self._stop_requests = 0
        self._exit_code: int | None = None

    def run(self) -> int:
        """Block until told to stop. Returns the exit code of the launcher."""
        with self._signals():
            try:
                while self._exit_code is None and not self._stop_requests:
                    self._start_what_is_due()
                    self._wait()
                    self._bury_the_dead()
                    self._on_tick()
            finally:
                self._stop_all()
        return self._exit_code or 0

    def _start_what_is_due(self) -> None:
        for child in self.children:
            if child.due:
                child.start()
                self._selector.register(child, selectors.EVENT_READ)
            if not child.is_ready():
                return

    def _wait(self) -> None:
        """Sleep until something is printed, dies or signals; pass output on."""
        for key, _ in self._selector.select(TICK_SECONDS):
            if isinstance(key.fileobj, Child):
                if not key.fileobj.read():
                    self._selector.unregister(key.fileobj)
            else:
                key.fileobj.recv(4096)

    def _bury_the_dead(self) -> None:
        for child in self.children:
            code = child.poll()
            if code is None:
                continue
            self._forget(child)
            pause = child.bury()
            self._judge(child, code, pause)

    def _forget(self, child: Child) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child)

    def _judge(self, child: Child, code: int, pause: float) -> None:
        """Start it again later, or give up and say why."""
        if code == SETTINGS_REFUSED:
            self._output.say(f"The {child.name} process refused a setting, see above.")
            self._exit_code = SETTINGS_REFUSED
        elif not child.was_ready and child.failures >= TRIES_BEFORE_READY:
            self._output.say(
                f"The {child.name} process ended {child.failures} times before it was "
                f"ready. Its log tells why: {self._output.log_path(child.name)}"
            )
            self._exit_code = 1
        else:
            self._output.say(
                f"The {child.name} process ended ({_reason(code)}); "
                f"it starts again in {pause:g} s."
            )

    def _stop_all(self) -> None:
        for child in reversed(self.children):
            if child.running:
                self._stop(child)
        self._selector.close()

    def _stop(self, child: Child) -> None:
        """SIGTERM, patience (a second Ctrl-C shortens it), then SIGKILL."""
        child.terminate()
        deadline = time.monotonic() + child.program.stop_seconds
        slow = time.monotonic() + 2
        while child.poll() is None:
            now = time.monotonic()
            if self._stop_requests > 1:
                deadline = min(deadline, now + HURRY_SECONDS)
            if now > deadline:
                child.kill()
            elif now > slow:
                slow = deadline
                self._output.say(
                    f"Waiting for the {child.name} process to finish its work "
                    f"(Ctrl-C again: at once)."
                )
            self._wait()
        self._forget(child)
        child.bury()

    @contextlib.contextmanager
    def _signals(self):
        """Count stop signals; let them and the end of a child wake the loop."""
        near, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        before = {number: signal.signal(number, self._request) for number in _STOPPING}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        wakeup = signal.set_wakeup_fd(far.fileno(), warn_on_full_buffer=False)
        self._selector.register(near, selectors.EVENT_READ)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            near.close()
            far.close()

    def _request(self, number: int, frame: FrameType | None) -> None:
        if not self._stop_requests:
            self._output.say("\nStopping.")
        self._stop_requests += 1


def _reason(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
