"""Connections that trust what the system trusts, and what certifi lists."""

from __future__ import annotations

import ssl

import certifi
import urllib3


def new_pool(
    headers: dict[str, str], timeout: float | urllib3.Timeout, at_once: int = 1
) -> urllib3.PoolManager:
    """Connections without retries of their own; `at_once` to one host stay open."""
    context = ssl.create_default_context()
    # Python from python.org for macOS comes without any certificate.
    context.load_verify_locations(certifi.where())
    return urllib3.PoolManager(
        headers=headers,
        timeout=timeout,
        retries=False,
        maxsize=at_once,
        ssl_context=context,
    )
