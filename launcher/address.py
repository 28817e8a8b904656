"""Ports and addresses: is the port free, and where will a browser find the page."""

from __future__ import annotations

import errno
import socket
from http.client import HTTPConnection, HTTPException

from launcher.config import ConfigError

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def require_free(host: str, port: int) -> None:
    """Raises: ConfigError if nothing can listen on this address."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigError(
            f"HOST must be an address of this machine. Received: {host!r}."
        ) from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            raise ConfigError(_refusal(error, host, port)) from error


def _refusal(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8000
            return (
                f"Port {port} on {host} is in use. Stop the program that uses it, or "
                f"choose another port: make run PORT={other}."
            )
        case errno.EACCES:
            return (
                f"Port {port} needs administrator rights. Choose one from 1024 up: "
                f"make run PORT=8000."
            )
        case _:
            return f"HOST must be an address of this machine. Received: {host!r}."


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    return host in ("127.0.0.1", "localhost", "::1")


def local_url(host: str, port: int) -> str:
    """The URL for a browser on this machine."""
    name = _EVERYWHERE.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def network_url(host: str, port: int) -> str | None:
    """The URL for phones in the same network, if they can reach this machine."""
    if host not in _EVERYWHERE:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # A datagram socket sends nothing on connect; 192.0.2.1 is reserved for
            # examples (RFC 5737). It only makes the system choose an own address.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return f"http://{probe.getsockname()[0]}:{port}"


def status_of(host: str, port: int, path: str) -> int | None:
    """HTTP status of a page of ours, None while nothing answers."""
    connection = HTTPConnection(_EVERYWHERE.get(host, host), port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
