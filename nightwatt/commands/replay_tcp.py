"""`nightwatt replay --tcp`: captured HJ 212 frames onto the wire as they are, broken ones too."""

import asyncio
import gzip
import json
import re
import sys
import time
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zlib import crc32

from core.errors import SetupError
from ingest.hj212.client import Conversation, converse

QUIET_S = 10.0
GAP_S = 3_600.0
"""Between the times of two frames following each other at most; stations' clocks are wrong by years."""

_TIME = re.compile(rb"(?:DataTime|QN)=(\d{14})")
_BEGIN = datetime(2000, 1, 1)
_STATION = re.compile(rb"MN=([^;]+)")


def replay_tcp(file: Path, *, tcp: str, speed: float, connections: int = 1) -> int:
    """Send every line of the file; 1 where the connection broke, answers are missing or frames were refused."""
    host, port = _address(tcp)
    if not file.is_file():
        raise SetupError(f"there is no file {file}")
    lines = captured(file)
    if not any(b"##" in line for line in lines):
        raise SetupError(f"{file} holds no HJ 212 frame: one a line is expected, as ##0101QN=…")
    try:
        told = asyncio.run(_converse(host, port, spread(timed(lines, speed=speed), connections)))
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise SetupError(f"can't reach the platform {tcp} ({reason}); is it running?") from error
    if told.broken:
        print(f"nightwatt: the connection broke: {told.broken}", file=sys.stderr)
    if told.unanswered:
        print(f"nightwatt: {told.unanswered} frames that ask for an answer have none", file=sys.stderr)
    said = {"frames": told.sent, "unsent": len(lines) - told.sent, "answers": dict(sorted(told.answers.items()))}
    print(json.dumps(said | {"unanswered": told.unanswered, "refused": told.refused}))
    return 1 if told.broken or told.unanswered or told.refused else 0


def captured(file: Path) -> list[bytes]:
    """The lines of a capture with their ends: frames as text, also gzipped, or JSON lines that hold a "frame"."""
    try:
        data = file.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        lines = data.splitlines(keepends=True) if _is_json(file) else _lines(data)
        return [_frame_of(line) for line in lines if line.strip()] if _is_json(file) else lines
    except (OSError, EOFError, zlib.error) as error:
        raise SetupError(f"can't read {file}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(f'{file}: every line is to be {{"frame": "##…"}}: {error}') from error


def timed(lines: Sequence[bytes], *, speed: float) -> list[tuple[float, bytes]]:
    """Each line with the seconds after the beginning when its turn is, by the times that frames state."""
    if not speed:
        return [(0.0, line) for line in lines]
    found, due, before = [], 0.0, None
    for line in lines:
        at = _stated(line)
        if at is not None:
            gap = 0.0 if before is None else at - before
            due += gap if 0 < gap <= GAP_S else 0.0
            before = at
        found.append((due / speed, line))
    return found


def spread(lines: Iterable[tuple[float, bytes]], connections: int) -> list[list[tuple[float, bytes]]]:
    """Over connections; the frames of one station keep to one, in order."""
    shares: list[list[tuple[float, bytes]]] = [[] for _ in range(connections)]
    for due, line in lines:
        station = _STATION.search(line)
        shares[crc32(station.group(1)) % connections if station else 0].append((due, line))
    return [share for share in shares if share]


async def _converse(host: str, port: int, shares: Sequence[Sequence[tuple[float, bytes]]]) -> Conversation:
    began, told = time.monotonic(), Conversation()
    for one in await asyncio.gather(*(converse(host, port, share, began=began, quiet_s=QUIET_S) for share in shares)):
        told.add(one)
    return told


def _address(tcp: str) -> tuple[str, int]:
    host, _, port = tcp.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise SetupError(f"--tcp takes HOST:PORT, not {tcp!r}")
    return host.strip("[]"), int(port)


def _is_json(file: Path) -> bool:
    return file.name.removesuffix(".gz").endswith(".jsonl")


def _lines(data: bytes) -> list[bytes]:
    # Not splitlines(): a lone CR and other control characters are part of what came.
    return [line for line in re.split(rb"(?<=\n)", data) if line]


def _frame_of(line: bytes) -> bytes:
    frame: bytes = json.loads(line)["frame"].encode()
    return frame if frame.endswith(b"\n") else frame + b"\r\n"


def _stated(line: bytes) -> float | None:
    found = _TIME.search(line)
    try:
        at = datetime.strptime(found.group(1).decode(), "%Y%m%d%H%M%S") if found else None
    except ValueError:
        return None
    return None if at is None else (at - _BEGIN).total_seconds()
