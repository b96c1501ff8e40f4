"""What Apprise and the HTTP client underneath say of one send.

Apprise answers with a bool; the provider's status and words are only in its log, and a status in the
success case only in urllib3's. Both are overheard through a filter on their loggers, per thread. The
filter also keeps their lines below a warning out of our log, since these hold addresses and bodies.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

LOGGERS = ("apprise", "urllib3.connectionpool")

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log, with its level."""

    level: int
    text: str


_lines: ContextVar[list[Line] | None] = ContextVar("overheard", default=None)
_REQUEST = re.compile(r'^\S+ "[A-Z]+ .*" (\d{3}) \S+$', re.DOTALL)


class _Ear(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        lines = _lines.get()
        if lines is None:
            return record.levelno >= logging.WARNING
        if len(lines) < MOST_LINES:
            lines.append(Line(record.levelno, _words(record)))
        return False


def _words(record: logging.LogRecord) -> str:
    line = record.getMessage()
    if record.name == "apprise":
        return line
    # urllib3 writes: http://host:80 "POST /path HTTP/1.1" 200 None
    status = _REQUEST.match(line)
    return f"HTTP {status[1]}" if status else ""


_EAR = _Ear()


def listen() -> None:
    """Put the ear to the loggers; again is harmless."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.addFilter(_EAR)


@contextmanager
def overhear() -> Iterator[list[Line]]:
    """The lines that this thread's send leaves, oldest first; requests as `HTTP <status>`."""
    lines: list[Line] = []
    token = _lines.set(lines)
    try:
        yield lines
    finally:
        _lines.reset(token)
