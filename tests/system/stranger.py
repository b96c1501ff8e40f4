"""The command line as somebody meets it who only has the program."""

import subprocess
from pathlib import Path

from tests.system.service import environment, nightwatt

Done = subprocess.CompletedProcess[str]

REGISTRY = {
    "enterprises.csv": "id,name,district\nE1,Foundry,North\n",
    "facilities.csv": "id,enterprise,kind\nF1,E1,feeder\n",
    "meters.csv": "id,facility\nM1,F1\n",
}


def run(folder: Path, *arguments: str | Path, stdin: str = "", **settings: str) -> Done:
    """A command that is waited for, with settings named without NIGHTWATT_; no mistake may show our inside."""
    done = nightwatt(*arguments, env=environment(folder / "data", **settings), cwd=folder, stdin=stdin)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def refused(done: Done, *words: str) -> None:
    """One line on stderr that holds those words, nothing on stdout, exit code 2."""
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def write_registry(folder: Path, **other: str) -> Path:
    folder.mkdir()
    for name, text in (REGISTRY | {f"{name}.csv": text for name, text in other.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
