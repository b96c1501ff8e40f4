"""A replay at a pace: what is too old to be real time is sent as what it is."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.interval import DAY_MS, to_text
from core.readings import Source, concatenate
from stores.duckdb import DuckSeries
from tests.system.service import environment, nightwatt, running_service
from tests.system.stranger import write_registry

AGES_DAYS = (40, 32, 20, 0)
FASTER = 100_000_000


@pytest.mark.system
def test_old_readings_are_believed_and_recent_ones_are_real_time(tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    lines = [f"M1,{to_text(now - days * DAY_MS)},{days + 1}" for days in AGES_DAYS]
    (tmp_path / "readings.csv").write_text("\n".join(["meter,ts,p", *lines]))
    registry = write_registry(tmp_path / "registry")
    assert nightwatt("import", registry, env=environment(tmp_path / "data"), cwd=tmp_path).returncode == 0
    with running_service(tmp_path) as service:
        done = service.command("replay", "readings.csv", "--speed", str(FASTER))
        told = {"readings": len(AGES_DAYS), "acknowledged": len(AGES_DAYS), "refused": 0}
        assert (done.returncode, json.loads(done.stdout)) == (0, told), done.stderr
        assert service.stop() == 0
    with closing(DuckSeries(tmp_path / "data" / "readings.duckdb")) as series:
        found = concatenate(list(series.scan(0, now + 1)))
    assert found.p.tolist() == [41, 33, 21, 1]
    assert found.quality.tolist() == [0] * 4
    assert found.source.tolist() == [Source.BACKFILL, Source.BACKFILL, Source.REALTIME, Source.REALTIME]
