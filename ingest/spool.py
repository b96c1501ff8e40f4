"""The disk spool: readings that wait for their store, in the order they came, in files of a bounded size.

What `append` returned for is on the disk, also after a power cut. A file is dropped as a whole once all of
it has been written to the store; what was written of it before a crash is written again, which the store
recognises by (meter, ts).
"""

import errno
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from core.errors import SetupError, StoreAway
from core.readings import Readings, concatenate
from ingest.spool_file import DamagedRecord, Record, encode, read
from ingest.spool_segment import Segment, is_removed, mended, sync_folder, write_durably

log = logging.getLogger(__name__)

SEGMENT_BYTES = 32 * 1024 * 1024
MOST_BYTES = 1024 * 1024 * 1024


class SpoolFull(StoreAway):
    """The spool takes no more: nothing may be acknowledged until it does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place up to which the spool was read."""

    segment: Segment
    at: int
    rows: int


class Spool:
    """One writer and one reader at a time, on different threads if need be.

    most_bytes     of all files together
    segment_bytes  at which a file is closed and the next one begun
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.most_bytes = most_bytes
        self._folder, self._segment_bytes = folder, min(segment_bytes, most_bytes)
        self._lock = threading.RLock()
        self._file: FileIO | None = None  # the last segment, open for writing
        self._read_at, self._read_rows = 0, 0  # in the first segment
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "writable").write_bytes(b"")
            (folder / "writable").unlink()
            self._segments = deque(self._opened())
        except OSError as error:
            raise SetupError(f"can't use the spool folder {folder}: {error.strerror or error}") from error
        self._number = max((int(path.stem) for path in folder.glob("[0-9]*.*")), default=0)

    @property
    def rows(self) -> int:
        """Readings that wait."""
        with self._lock:
            return sum(segment.rows for segment in self._segments) - self._read_rows

    @property
    def size(self) -> int:
        """Bytes in the files, what is already written of the first one included."""
        with self._lock:
            return sum(segment.end for segment in self._segments)

    def append(self, batch: Readings) -> None:
        """Durable once it returns; SpoolFull where there is no room or the disk does not take it."""
        parts = encode(batch)
        size = sum(map(len, parts))
        with self._lock:
            if self.size + size > self.most_bytes:
                raise SpoolFull(f"the spool is full: {self.size} of {self.most_bytes} bytes")
            try:
                self._write(parts, rows=len(batch), size=size)
            except OSError as error:
                self._give_up_file()
                what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
                raise SpoolFull(f"the spool can't be written: {what}") from error

    def oldest(self, *, most_rows: int) -> tuple[Readings, Mark] | None:
        """The readings that came first, whole records up to that many rows and at least one; None: all is read.

        They stay until `written` is called with their mark.
        """
        with self._lock:
            if not self._segments:
                return None
            segment, at, end = self._segments[0], self._read_at, self._segments[0].end
        try:
            found = self._read(segment, at, end=end, most_rows=most_rows)
        except (DamagedRecord, FileNotFoundError) as error:
            log.error("spool file %s can no longer be read: %s", segment.path, error)
            self._mend_first(segment)
            return self.oldest(most_rows=most_rows)
        if not found:
            return None
        batch = concatenate([record.batch for record in found])
        return batch, Mark(segment, found[-1].end, len(batch))

    def written(self, mark: Mark) -> None:
        """All up to the mark is in the store: a file that is done goes."""
        with self._lock:
            if not self._segments or self._segments[0] is not mark.segment:
                return
            self._read_at, self._read_rows = mark.at, self._read_rows + mark.rows
            # The file that is still written goes only when it is done, and then the next append begins another.
            if mark.at >= mark.segment.end:
                self._drop_first()

    def batches(self) -> Iterator[Readings]:
        """Everything that waits, in order, without taking it."""
        with self._lock:
            segments = [(s, self._read_at if i == 0 else 0, s.end) for i, s in enumerate(self._segments)]
        for segment, at, end in segments:
            with segment.path.open("rb") as file:
                while at < end:
                    record = read(file, at, end=end)
                    yield record.batch
                    at = record.end

    def keep_refused(self, batch: Readings) -> None:
        """Keep readings that no store takes in a file of their own, for people to look at."""
        try:
            with FileIO(self._folder / "refused.readings", "ab") as file:
                write_durably(file, encode(batch))
        except OSError as error:
            raise SpoolFull(f"the spool can't be written: {error.strerror or error}") from error

    def close(self) -> None:
        with self._lock:
            self._close_file()

    def _write(self, parts: list[bytes], *, rows: int, size: int) -> None:
        file, segment = self._file, self._segments[-1] if self._segments else None
        if file is not None and is_removed(file):
            log.error("spool file %s was removed while it was written", file.name)
            file = None
        if file is None or segment is None or (segment.end and segment.end + size > self._segment_bytes):
            file, segment = self._begin_file()
        write_durably(file, parts)
        segment.end += size
        segment.rows += rows

    def _begin_file(self) -> tuple[FileIO, Segment]:
        self._close_file()
        segment = Segment(self._folder / f"{self._number + 1:012d}.spool")
        self._file = file = FileIO(segment.path, "xb")
        self._number += 1
        self._segments.append(segment)
        sync_folder(self._folder)
        return file, segment

    def _give_up_file(self) -> None:
        """After a failed write: what of it reached the file is cut off, and the next append begins another."""
        if self._file is None:
            return
        segment = self._segments[-1]
        try:
            os.ftruncate(self._file.fileno(), segment.end)
        except OSError as error:
            log.warning("spool file %s keeps a torn end: %s", segment.path, error)
        self._close_file()
        if not segment.rows:
            self._segments.pop()
            segment.path.unlink(missing_ok=True)

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as error:  # what matters was made durable when it was written
                log.warning("spool file %s: %s", file.name, error)

    def _read(self, segment: Segment, at: int, *, end: int, most_rows: int) -> list[Record]:
        found: list[Record] = []
        rows = 0
        with segment.path.open("rb") as file:
            while at < end:
                record = read(file, at, end=end)
                rows += len(record.batch)
                if found and rows > most_rows:
                    break
                found.append(record)
                at = record.end
        return found

    def _drop_first(self) -> None:
        segment = self._segments.popleft()
        self._read_at = self._read_rows = 0
        if not self._segments:
            self._close_file()
        try:
            segment.path.unlink(missing_ok=True)
        except OSError as error:  # read again after the next start, which changes nothing
            log.warning("spool file %s can't be removed: %s", segment.path, error)

    def _mend_first(self, segment: Segment) -> None:
        with self._lock:
            if not self._segments or self._segments[0] is not segment:
                return
            if len(self._segments) == 1:
                self._close_file()
            self._segments.popleft()
            self._read_at = self._read_rows = 0
            rest = mended(segment.path, last=False) if segment.path.exists() else None
            if rest is not None:
                self._segments.appendleft(rest)

    def _opened(self) -> Iterator[Segment]:
        """The files that are there, cut and mended; those without a reading go."""
        paths = sorted(self._folder.glob("*.spool"))
        for path in paths:
            segment = mended(path, last=path is paths[-1])
            if segment is not None:
                yield segment
