"""Which number helps with what a child has told; free in Korea, day and night."""

from __future__ import annotations

# Kinds of `worker.quality.childsafety`; what is not here has no number of its own.
_LINES = {
    "emergency": ("112", "119"),
    "friend_in_danger": ("112", "1388"),
    "self_harm": ("109", "1388"),
    "touch": ("112", "1388"),
    "grooming": ("112", "117"),
    "abuse": ("112", "1388"),
    "harm_others": ("1388", "112"),
    "bullying": ("117", "1388"),
    "family_worry": ("1388", "112"),
    "sexual": ("117", "1388"),
    "eating": ("1388",),
    "dangerous_request": ("119",),
    "medical": ("119",),
}
ANY = ("1388",)
NUMBERS = ("109", "112", "117", "119", "1388")


def helplines(kind: str) -> tuple[str, ...]:
    """The numbers to call, the first one first."""
    return _LINES.get(kind, ANY)
