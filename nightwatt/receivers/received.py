"""What arrived: the last messages in memory, all of them in a file of JSON lines."""

import json
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, replace
from pathlib import Path

MOST_KEPT = 200
MOST_FILE_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it arrived; `received_at` in ms UTC is of the first time, `times` counts repeats of the key."""

    key: str
    title: str
    message: str
    type: str
    received_at: int
    times: int = 1


class Messages:
    """Messages by key, newest first. An empty key is never a repeat. Safe to use from any thread."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._lock = file, threading.Lock()
        self._kept: OrderedDict[str, Received] = OrderedDict()
        self._unkeyed = 0
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)

    def add(self, message: Received) -> Received:
        """Keep a message, or count it where its key is known; returns what is kept. The file gets every arrival."""
        with self._lock:
            self._write(message)
            name = message.key or self._next_name()
            known = self._kept.get(name)
            kept = replace(known, times=known.times + 1) if known else message
            self._kept[name] = kept
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return kept

    def all(self) -> list[Received]:
        """What is kept, the newest first."""
        with self._lock:
            return list(reversed(self._kept.values()))

    def _next_name(self) -> str:
        self._unkeyed += 1
        return f"\0{self._unkeyed}"

    def _write(self, message: Received) -> None:
        if self._file is None:
            return
        if self._file.exists() and self._file.stat().st_size > MOST_FILE_BYTES:
            self._file.replace(self._file.with_name(self._file.name + ".1"))
        row = asdict(message)
        del row["times"]
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
