"""Addresses of static files; they carry a content hash, so that browsers may keep the files for a year."""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"


@cache
def version(path: str) -> str:
    """The first 12 hex digits of the file's SHA-256; FileNotFoundError where there is no such file."""
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]


def url(path: str) -> str:
    """The address of a static file, for templates."""
    return f"/static/{path}?v={version(path)}"
