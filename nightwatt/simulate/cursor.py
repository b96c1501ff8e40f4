"""How far the city has published, kept in a small file, so that it goes on there after any end."""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from core.errors import SetupError

SAVE_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Cursor:
    """Instants in ms UTC.

    start_at      first start of the city: the border between history and live
    history_done  how many messages of the history, in order, were acknowledged
    live_until    every reading up to then, after the start, was acknowledged
    city_at       what the city's clock showed when this was saved
    """

    seed: int
    start_at: int
    history_days: int
    history_done: int
    live_until: int
    city_at: int


def read_cursor(path: Path) -> Cursor | None:
    """The cursor in a file, None where there is no file; SetupError where it can't be understood."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Cursor)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise SetupError(f"the city's cursor {path} can't be read ({error}): mend or delete it") from error


def write_cursor(path: Path, cursor: Cursor) -> None:
    """Replace the file in one step, so that a crash leaves the old one or the new one."""
    fresh = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(cursor))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class CursorFile:
    """The cursor of a running city; writes are spaced so that they cost nothing."""

    def __init__(self, path: Path, cursor: Cursor) -> None:
        self._path, self.cursor, self._written_at = path, cursor, 0.0
        write_cursor(path, cursor)

    def update(self, *, now: bool = False, **changes: Any) -> None:
        """Change some fields, and write them if the last time is long enough ago or it has to be now."""
        self.cursor = replace(self.cursor, **changes)
        if now or time.monotonic() - self._written_at >= SAVE_EVERY_S:
            write_cursor(self._path, self.cursor)
            self._written_at = time.monotonic()
