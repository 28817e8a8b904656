"""Answers every page with 200, /readyz from the second time on; notes its end."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

DATA = Path(os.environ["DATA_DIR"])


class Page(BaseHTTPRequestHandler):
    not_ready = 1

    def do_GET(self):
        if self.path == "/readyz" and Page.not_ready:
            Page.not_ready -= 1
            self.send_response(503)
        else:
            self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


def stop(*_):
    with open(DATA / "stopped", "a") as order:
        order.write("web\n")
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    (DATA / "web.env").write_text("\n".join(sorted(os.environ)))
    (DATA / "web.key").write_text(os.environ.get("SECRET_KEY_FILE", ""))
    print("web stand-in listens", flush=True)
    HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page).serve_forever()
