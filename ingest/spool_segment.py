"""The files of the spool: opened, mended where they are damaged, written durably."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from ingest.spool_file import encode, records

log = logging.getLogger(__name__)

_durably = getattr(os, "fdatasync", os.fsync)


@dataclass(slots=True)
class Segment:
    """One file: `end` is where its last whole record ends, `rows` how many readings it holds."""

    path: Path
    end: int = 0
    rows: int = 0


def mended(path: Path, *, last: bool) -> Segment | None:
    """The segment in that file. A torn end is cut off; with other damage the file is kept as .damaged beside."""
    size = path.stat().st_size
    with path.open("rb") as file:
        good, bad = Segment(path), []
        for found in records(file, end=size):
            if isinstance(found, int):
                bad.append(found)
            else:
                good.end, good.rows = found.end, good.rows + len(found.batch)
    torn = len(bad) == 1 and bad[0] == good.end
    if bad and not (torn and last):
        return _set_aside(path, size=size)
    if torn:
        log.warning("spool file %s: a torn end of %d bytes was cut off", path, size - good.end)
        os.truncate(path, good.end)
    if not good.rows:
        path.unlink()
        return None
    return good


def _set_aside(path: Path, *, size: int) -> Segment | None:
    """Copy what can be read into a file of the same name; the damaged one stays for people to look at."""
    aside, fresh = path.with_suffix(".damaged"), path.with_suffix(".mended")
    kept = Segment(path)
    with path.open("rb") as file, fresh.open("wb") as out:
        for found in records(file, end=size):
            if not isinstance(found, int):
                for part in encode(found.batch):
                    kept.end += out.write(part)
                kept.rows += len(found.batch)
        out.flush()
        os.fsync(out.fileno())
    log.error("spool file %s is damaged: kept as %s, %d readings of it are used", path, aside.name, kept.rows)
    aside.unlink(missing_ok=True)
    os.link(path, aside)
    os.replace(fresh, path)
    sync_folder(path.parent)
    if not kept.rows:
        path.unlink()
        return None
    return kept


def is_removed(file: FileIO) -> bool:
    """Whether the open file has no name any more: what is written to it would be gone with the process."""
    return os.fstat(file.fileno()).st_nlink == 0


def write_durably(file: FileIO, parts: Sequence[bytes]) -> None:
    """Write all of it and wait until the disk has it."""
    for part in parts:
        left = memoryview(part)
        while left:
            left = left[file.write(left) :]
    _durably(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names that came or went durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
