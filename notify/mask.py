"""Addresses of channels hold passwords and tokens: what may be shown of them."""

import re
from urllib.parse import unquote

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]{0,31})://")
_BREAKS = re.compile(r"[/:@?&=#,;+\s]+")
_SHORTEST_SECRET = 4
_HIDDEN = "…"


def mask(address: str) -> str:
    """The scheme alone: `mailtos://…`; `…` where there is none."""
    match = _SCHEME.match(address.strip())
    return f"{match[1].lower()}://{_HIDDEN}" if match else _HIDDEN


def scrub(text: str, address: str, *, limit: int = 200) -> str:
    """A provider's words on one line, without any part of the address, cut to `limit` characters."""
    for part in _parts(address):
        text = re.sub(re.escape(part), _HIDDEN, text, flags=re.IGNORECASE)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else text[: limit - 1] + _HIDDEN


def _parts(address: str) -> list[str]:
    """Pieces of an address, as written and decoded, longest first so that none is left in halves."""
    rest = _SCHEME.sub("", address.strip())
    pieces = {*_BREAKS.split(rest), *_BREAKS.split(unquote(rest)), *map(unquote, _BREAKS.split(rest))}
    return sorted((p for p in pieces if len(p) >= _SHORTEST_SECRET), key=len, reverse=True)
