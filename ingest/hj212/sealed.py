"""Tells encrypted data segments from plain ones (HJ 212-2025)."""

import re

from ingest.hj212.segment import divided

_MAY_BE_SEALED = re.compile(rb"(?:ST=4[45]|Flag=(?:8|9|10|11))\s*;")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def is_sealed(segment: bytes) -> bool:
    """Whether CP is encrypted: a segment of 2025 or of ST=44/45 in which no `name=value` can be read."""
    head, cp = divided(segment)
    return _MAY_BE_SEALED.search(head) is not None and bool(cp) and not _is_readable(cp)


def _is_readable(cp: bytes) -> bool:
    try:
        text = cp.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "=" in text and not _CONTROL.search(text)
