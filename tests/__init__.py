"""Tests; a package, so that `tests.app` never hides `app`."""
