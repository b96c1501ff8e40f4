"""Facts about the machine that figures depend on; nothing that names it."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.broker import mosquitto

LIBRARIES = ("duckdb", "msgspec", "numpy", "paho-mqtt", "SQLAlchemy")


def facts() -> dict[str, Any]:
    """`load before` is the mean number of running processes over the minute before: above 0.5, read with care."""
    found = {
        "cores": len(os.sched_getaffinity(0)),
        "CPU": _cpu(),
        "python": platform.python_version(),
        "load before": round(os.getloadavg()[0], 1),
    }
    return found | {name: version(name) for name in LIBRARIES} | {"mosquitto": _mosquitto()}


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _mosquitto() -> str:
    program = mosquitto()
    if program is None:
        return "absent"
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout.split()
    return said[2] if len(said) > 2 else "unknown"
