"""A small registry as text, and the road from text to its faults."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import RegistryErrors
from core.registry import Registry
from registry.read import read_registry

SMALL = {
    "enterprises": "id,name,district\nE1,天元水泥厂,天元区\nE2,石峰化工,石峰区\n",
    "lines": "id,enterprise,name\nL1,E1,回转窑\n",
    "facilities": "id,enterprise,kind,line\nF1,E1,production,L1\nF2,E1,treatment,L1\nF3,E2,feeder,\n",
    "meters": "id,facility\nM1,F1\nM2,F2\nM3,F3\n",
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the small registry with some files replaced (text, bytes, or None for absent)."""

    def write(**files: str | bytes | None) -> Path:
        for name, content in {**SMALL, **files}.items():
            if content is not None:
                raw = content.encode() if isinstance(content, str) else content
                (tmp_path / f"{name}.csv").write_bytes(raw)
        return tmp_path

    return write


@pytest.fixture
def registry(write: Write) -> Callable[..., Registry]:
    """The small registry with some files replaced, read."""
    return lambda **files: read_registry(write(**files))


@pytest.fixture
def faults(write: Write) -> Callable[..., list[str]]:
    """Every fault of the small registry with some files replaced."""

    def faults(**files: str | bytes | None) -> list[str]:
        with pytest.raises(RegistryErrors) as refused:
            read_registry(write(**files))
        return [str(fault) for fault in refused.value.faults]

    return faults
