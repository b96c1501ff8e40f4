"""Memory and time of `nightwatt imbalance` over a file of ten million readings (the promise: below 2 GB).

Usage: python bench/imbalance_memory.py [readings] [folder]
"""

import io
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from nightwatt.commands.imbalance import imbalance  # noqa: E402

METERS = 100
LIMIT_MB = 2048


def write_registry(folder: Path) -> Path:
    folder.mkdir()
    ids = range(METERS)
    tables = {
        "enterprises.csv": ["id,name,district", *(f"E{i},Plant {i},Shifeng" for i in ids)],
        "facilities.csv": ["id,enterprise,kind", *(f"F{i},E{i},feeder" for i in ids)],
        "meters.csv": ["id,facility", *(f"M{i},F{i}" for i in ids)],
    }
    for name, rows in tables.items():
        (folder / name).write_text("\n".join(rows) + "\n")
    return folder


def write_readings(path: Path, count: int) -> Path:
    """One reading a minute and meter, all minutes of one meter after those of the other: the worst order.

    Written by a process of its own, whose memory is not counted.
    """
    duckdb.execute(
        f"""
        COPY (SELECT 'M' || m AS meter, strftime(to_timestamp(1704038400 + 60 * i), '%Y-%m-%dT%H:%M:%SZ') AS ts,
                50 + m + i % 7 AS p, (50 + m) * i / 60.0 AS ep, 220 + i % 5 AS ua, 100 + i % 9 AS ia
              FROM range({METERS}) a(m), range({count // METERS}) b(i)) TO '{path}' (HEADER)"""
    )
    return path


def main(count: int, folder: Path) -> None:
    readings, registry = folder / "readings.csv", folder / "registry"
    if not readings.exists():
        import subprocess

        subprocess.run([sys.executable, __file__, str(count), str(folder), "write"], check=True)
    out, began = io.StringIO(), time.perf_counter()
    code = imbalance(registry, [readings], from_=None, to=None, out=out, err=sys.stderr)
    took = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size_mb = readings.stat().st_size / 1e6
    print(f"{count:,} readings ({size_mb:.0f} MB): exit {code}, {len(out.getvalue().splitlines())} lines, {took:.1f} s")
    print(f"peak memory {peak_mb:.0f} MB = {peak_mb / LIMIT_MB:.2f} of the limit")
    sys.exit(code or peak_mb > LIMIT_MB)


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    if sys.argv[3:] == ["write"]:
        write_registry(Path(sys.argv[2], "registry"))
        write_readings(Path(sys.argv[2], "readings.csv"), asked)
    elif len(sys.argv) > 2:
        main(asked, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as place:
            main(asked, Path(place))
