"""Frames that real stations sent, where they are at hand."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "../shared/data/hj212"
SHANGHAI = "Asia/Shanghai"


def needed(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"real input is missing: ../shared/data/hj212/{name}")
    return path


@cache
def captures() -> tuple[bytes, ...]:
    """The bytes of three hours, one after the other."""
    return tuple(gzip.decompress(path.read_bytes()) for path in sorted(needed("capture").glob("*.h212.gz")))


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in needed(name).read_text("utf-8").splitlines()]


def annex_c() -> list[str]:
    """The standard's own example segments, also those with an ellipsis."""
    text = needed("annex_c_segments.txt").read_text("utf-8").splitlines()
    return [line for line in text if line and not line.startswith("#")]
