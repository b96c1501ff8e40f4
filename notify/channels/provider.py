"""Reading a provider's answer out of what was overheard."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ChannelError
from notify.answer import NoAnswer
from notify.channels.overheard import Line
from notify.mask import scrub

_HTTP = re.compile(r"^HTTP (\d{3})$")
_SMTP = re.compile(r"\((\d{3}), b?['\"](.*?)['\"][,)]|was refused: (\d{3}) b?['\"](.*)['\"]")
_DETAILS = re.compile(r"^Response Details:\s*b?['\"](.*)['\"]$", re.DOTALL)
_TROUBLE = ("Socket Exception: ", "Connection Exception: ")

WORTH_ANOTHER_TRY = frozenset({408, 409, 421, 423, 425, 429})
"""Refusals of the 4xx kind that pass by themselves; all others mean a wrong address, token or message."""

_KNOWN = (
    # In this order: a connection that timed out before it stood has delivered nothing.
    ("ConnectTimeout", "could not connect in time", False),
    ("refused", "connection refused", False),
    ("Name or service not known", "the host is unknown", False),
    ("Failed to resolve", "the host is unknown", False),
    ("CERTIFICATE_VERIFY_FAILED", "the certificate is not trusted", False),
    ("timed out", "no answer in time", True),
    ("Connection aborted", "the connection broke off", True),
    ("RemoteDisconnected", "the connection broke off", True),
    ("Connection unexpectedly closed", "the connection broke off", True),
)
"""(part of the client's error, what to say, whether the message may have arrived)"""


@dataclass(frozen=True, slots=True)
class Heard:
    """`status` is the last HTTP or SMTP status; `words` the provider's or the client's own."""

    protocol: str
    status: int | None
    words: str


def heard(lines: Sequence[Line]) -> Heard:
    """What the lines of one send say."""
    protocol, status, words, trouble = "", None, "", ""
    for line in (line.text for line in lines):
        if match := _HTTP.match(line):
            protocol, status = "HTTP", int(match[1])
        elif match := _DETAILS.match(line):
            words = match[1]
        elif line.startswith(_TROUBLE):
            trouble = line.split(": ", 1)[1]
            protocol, status, words = _smtp(line) or (protocol, status, words)
        elif match := _SMTP.search(line):
            protocol, status, words = _smtp(line) or (protocol, status, words)
    return Heard(protocol, status, words or trouble or _complaint(lines))


def _complaint(lines: Sequence[Line]) -> str:
    """The last warning: where there is a status, Apprise's own words say it again, but name the reason."""
    return next((line.text for line in reversed(lines) if line.level >= logging.WARNING), "")


def _smtp(line: str) -> tuple[str, int | None, str] | None:
    match = _SMTP.search(line)
    return ("SMTP", int(match[1] or match[3]), match[2] or match[4] or "") if match else None


def acceptance(lines: Sequence[Line], *, mail: bool) -> str:
    """The answer to a message that was taken. A mail server's 250 is checked by the client itself."""
    said = heard(lines)
    if said.status is not None:
        return f"{said.protocol} {said.status}"
    return "SMTP 250" if mail else "accepted"


def refusal(lines: Sequence[Line], address: str) -> ChannelError:
    """The error that tells why a message was not taken, without any part of the address."""
    said = heard(lines)
    if said.status is None:
        return _no_status(said.words, address)
    words = scrub(said.words, address)
    text = f"{said.protocol} {said.status}" + (f": {words}" if words else "")
    return ChannelError(text, permanent=_permanent(said))


def _permanent(said: Heard) -> bool:
    if said.status is None:
        return False
    if said.protocol == "SMTP":
        return said.status >= 500
    return 300 <= said.status < 500 and said.status not in WORTH_ANOTHER_TRY


def _no_status(words: str, address: str) -> ChannelError:
    for part, say, unsure in _KNOWN:
        if part.lower() in words.lower():
            return NoAnswer(say) if unsure else ChannelError(say)
    return ChannelError(scrub(words, address) or "not accepted, no reason given")
