"""One nightwatt per data folder, and per spool folder where that is another."""

import fcntl
from pathlib import Path
from typing import IO

from core.errors import SetupError


def lock_data(folder: Path, *, what: str = "data folder", setting: str = "NIGHTWATT_DATA") -> IO[str]:
    """Hold the folder until the file returned is closed, or the process ends however it may."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A file opened for writing is never shortened here: the other holder's would be.
        held = (folder / "nightwatt.lock").open("a")
    except OSError as error:
        raise SetupError(f"can't write to the {what} {folder}: {error.strerror}; set {setting}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise SetupError(f"another nightwatt is running on {folder}; stop it or set {setting}") from error
    return held
