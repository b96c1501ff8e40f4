"""Tells encrypted data segments from plain ones (HJ 212-2025)."""

import re

from ingest.hj212.segment import divided

# Each begins with a literal, which is searched for faster than alternatives.
_SYSTEM = re.compile(rb"ST=4[45]\s*;")
_FLAG = re.compile(rb"Flag=(?:8|9|10|11)\s*;")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def is_sealed(segment: bytes) -> bool:
    """Whether CP is encrypted: a segment of 2025 or of ST=44/45 in which no `name=value` can be read."""
    at = segment.find(b"CP=")
    head_end = len(segment) if at < 0 else at
    if not _FLAG.search(segment, 0, head_end) and not _SYSTEM.search(segment, 0, head_end):
        return False
    cp = divided(segment)[1]
    return bool(cp) and not _is_readable(cp)


def _is_readable(cp: bytes) -> bool:
    try:
        text = cp.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "=" in text and not _CONTROL.search(text)
