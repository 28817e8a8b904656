"""What a site's robots.txt allows us, as RFC 9309 reads it."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

AGENT = "IcebreakerDataset"  # the name that a robots.txt addresses us by
MISSING = (404, 410)


@dataclass(frozen=True, kw_only=True)
class Robots:
    """The rules of one site; `rules` is None if they could not be read."""

    rules: Protego | None

    @classmethod
    def of(cls, status: int | None, text: str) -> Robots:
        """From the reply to /robots.txt; `status` is None if there was no reply.

        A site without the file allows everything. Any other status than 200 means
        that we do not know, and then nothing is fetched.
        """
        if status in MISSING:
            return cls(rules=Protego.parse(""))
        return cls(rules=Protego.parse(text) if status == 200 else None)

    @property
    def readable(self) -> bool:
        return self.rules is not None

    def allows(self, url: str) -> bool:
        return self.rules is not None and self.rules.can_fetch(url, AGENT)

    @property
    def delay(self) -> float:
        """Seconds between two requests that the site asks for."""
        return (self.rules.crawl_delay(AGENT) if self.rules else None) or 0.0
