"""Stand-ins for the Hugging Face Hub and Kaggle on this machine."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Answers every request with `status`, or serves the files of `folder`."""

    status = 200
    folder: Path | None = None
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.folder is None:
            return self._send(self.status, b'{"error": "refused"}', "application/json")
        if self.path.startswith("/api/"):
            found = self._files() if "/tree/" in self.path else self._model()
            return self._send(200, json.dumps(found).encode(), "application/json")
        file = self.folder / self.path.split("?")[0].rpartition("/")[2]
        if not file.is_file():
            return self._send(404, b"", "text/plain", {"X-Error-Code": "EntryNotFound"})
        content = file.read_bytes()
        etag = hashlib.sha1(content).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}
        return self._send(200, content, "application/octet-stream", headers)

    do_HEAD = do_POST = do_GET

    def _model(self) -> dict:
        siblings = [{"rfilename": file["path"]} for file in self._files()]
        return {"id": "someone/gemma", "sha": COMMIT, "siblings": siblings}

    def _files(self) -> list[dict]:
        return [
            {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": "0"}
            for path in self.folder.iterdir()
        ]

    def _send(self, status, content: bytes, kind: str, headers=()) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def serving(*, status: int = 200, folder: Path | None = None) -> Iterator[str]:
    """The address of a hub that behaves so."""
    handler = type("OneHub", (Hub,), {"status": status, "folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
