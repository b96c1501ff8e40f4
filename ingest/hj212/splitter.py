"""One connection's bytes → frames and what is none, wherever the network cut them."""

import re

MOST_UNFINISHED = 8 * 1024
"""Bytes that a peer may send without ending anything; then they are handed out as they are."""

_BLANK = re.compile(rb"[\r\n]*")
_ENDING = re.compile(rb"&&[0-9A-Fa-f]{4}\r?\n|\r\n##[0-9]{4}")
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_MARK = b"##"
_NEXT = re.compile(rb"##(?=[0-9]{4})")


class Splitter:
    """Pieces and rest together are all that was fed (but line ends after the last), however it was cut.

    A piece is a candidate for a frame or a run of bytes that is none, with the line ends before it. Lengths may lie: a
    frame ends where its length says only if a CRC and a line end (or the next `##`) are there, else at the end of the
    line or at the next `##`.
    """

    def __init__(self) -> None:
        self._unfinished = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Every piece that these bytes finish."""
        buffer = self._unfinished + data
        pieces, start = [], 0
        while end := _end(buffer, start):
            pieces.append(buffer[start:end])
            start = end
        self._unfinished = buffer[start:]
        return pieces

    def rest(self) -> bytes:
        """What is unfinished. Line ends alone are not: some senders end a frame with two."""
        return self._unfinished if self._unfinished.strip(b"\r\n") else b""


def _end(buffer: bytes, start: int) -> int:
    """Where the piece that begins at `start` ends; 0 where that can't be known yet."""
    limit = min(len(buffer), start + MOST_UNFINISHED)
    at = _BLANK.match(buffer, start, limit).end()  # type: ignore[union-attr]
    found = _end_of_frame(buffer, at, limit, farthest=start + MOST_UNFINISHED)
    return found or (limit if limit - start == MOST_UNFINISHED else 0)


def _end_of_frame(buffer: bytes, at: int, limit: int, *, farthest: int) -> int:
    if not buffer.startswith(_MARK, at):
        return _end_of_run(buffer, at, limit)
    if limit - at < 6:
        return 0
    digits = buffer[at + 2 : at + 6]
    crc_end = at + 10 + int(digits) if digits.isdigit() else farthest
    whole = crc_end + 2
    if whole > farthest:
        return _end_of_run(buffer, at, limit)
    if whole <= limit and buffer[whole - 2] == 13 and buffer.find(b"\n", at, whole) == whole - 1:
        return whole
    return _end_by_marks(buffer, at, limit, crc_end=crc_end)


def _end_by_marks(buffer: bytes, at: int, limit: int, *, crc_end: int) -> int:
    """The careful way. Encrypted data may hold any bytes, so what looks like an end inside the length is weighed."""
    ending = _ENDING.search(buffer, at, limit)
    if ending and ending.end() <= crc_end + 2:
        end = ending.end() if ending.group().endswith(b"\n") else ending.start() + 2
        return end if end > crc_end else _cut_at_mark(buffer, at, end)
    if crc_end + 2 > limit:
        return 0
    return _end_by_length(buffer, crc_end) or _end_of_run(buffer, at, limit)


def _end_by_length(buffer: bytes, crc_end: int) -> int:
    if not _HEX.fullmatch(buffer, crc_end - 4, crc_end):
        return 0
    after = buffer[crc_end : crc_end + 2]
    if after == _MARK:
        return crc_end
    if after == b"\r\n":
        return crc_end + 2
    return crc_end + 1 if after[:1] in (b"\r", b"\n") else 0


def _end_of_run(buffer: bytes, at: int, limit: int) -> int:
    """The end of the line or the next `##` with a length, whichever comes first."""
    line = buffer.find(b"\n", at, limit) + 1
    following = _NEXT.search(buffer, at + 1, line or limit)
    return following.start() if following else line


def _cut_at_mark(buffer: bytes, at: int, end: int) -> int:
    following = _NEXT.search(buffer, at + 1, end)
    return following.start() if following else end
