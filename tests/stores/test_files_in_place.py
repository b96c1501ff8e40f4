"""Parquet of proper types: read where it lies or sorted into a copy, with the same readings as from text."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.interval import DAY_MS, MINUTE_MS
from core.readings import concatenate
from core.registry import Meter
from stores import parquet_rows
from stores.files import FileReadings
from tests.stores.test_files import NOON, registry

EVER = (0, 10**13)


def parquet(path: Path, select: str) -> Path:
    duckdb.execute(f"COPY ({select}) TO '{path}'")
    return path


def many(order: str) -> str:
    """Two meters for four days, minute by minute."""
    return f"""SELECT 'm' || (1 + k % 2) AS meter, {NOON} + (k // 2) * 60000 AS ts, k::DOUBLE AS p
FROM range({2 * 4 * 1440}) t(k) ORDER BY {order}"""


@pytest.mark.parametrize("order", ["k", "k DESC", "k % 2, k", "hash(k)"])
def test_rows_in_any_order_come_out_in_order_and_once(tmp_path: Path, order: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_rows, "BLOCK_ROWS", 500)
    source = FileReadings([parquet(tmp_path / "r.parquet", many(order))], registry(), batch_rows=700)
    batches = list(source.scan(*EVER))
    whole = concatenate(batches)
    assert len(batches) > 5
    assert whole.p.tolist() == list(range(2 * 4 * 1440))
    assert (np.diff(whole.ts) >= 0).all()
    part = concatenate(list(source.scan(NOON + MINUTE_MS, NOON + DAY_MS, meters=np.array([1]))))
    assert (part.ts[0], part.ts[-1], set(part.meter.tolist())) == (NOON + MINUTE_MS, NOON + DAY_MS - MINUTE_MS, {1})
    assert source.span() == (NOON, NOON + 4 * DAY_MS - MINUTE_MS)


@pytest.mark.parametrize(("order", "copies"), [("k", 0), ("hash(k)", 1)])
def test_only_what_is_scattered_in_time_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str, copies: int
):
    monkeypatch.setattr(parquet_rows, "BLOCK_ROWS", 500)
    source = FileReadings([parquet(tmp_path / "r.parquet", many(order))], registry(), batch_rows=500)
    tables = source._connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'sorted'")
    assert tables.fetchone() == (copies,)


def test_refused_rows_are_named_and_left_out(tmp_path: Path):
    rows = """SELECT * FROM (VALUES ('m1', 1704110400, 5.0), ('nobody', 1704110400, 1.0), (NULL, 1704110400, 1.0),
  ('m2', NULL, 1.0), ('m1', 1704110460, NULL), ('m2', 1704110400, 'nan'::DOUBLE), ('m2', 1704110460, 7.0))
  t(meter, ts, p)"""
    source = FileReadings([parquet(tmp_path / "r.parquet", rows)], registry())
    reasons = [row.rpartition(": ")[2] for row in source.refused]
    assert reasons == ["unknown meter", "no meter", "no ts", "no quantity", "no quantity"]
    assert concatenate(list(source.scan(*EVER))).p.tolist() == [5, 7]


def test_of_equal_rows_the_first_of_the_first_file_counts(tmp_path: Path):
    first = parquet(tmp_path / "b.parquet", "SELECT 'm1' AS meter, 1704110400 AS ts, 1.0::DOUBLE AS p")
    second = parquet(tmp_path / "a.parquet", "SELECT 'm1' AS meter, 1704110400 AS ts, 2.0 AS p, 3.0 AS ep")
    for paths, p in (([first, second], 1), ([second, first], 2)):
        assert concatenate(list(FileReadings(paths, registry()).scan(*EVER))).p.tolist() == [p]


def test_secondary_values_are_multiplied_by_the_ratios_once(tmp_path: Path):
    meters = (Meter("m1", "F1", ct=80, pt=10, values="secondary"), Meter("m2", "F1", ct=80))
    rows = "SELECT 'm' || (1 + k) AS meter, 1704110400 AS ts, 1.0 AS p, 2 AS ia, 0.9::FLOAT AS pf FROM range(2) t(k)"
    source = FileReadings([parquet(tmp_path / "r.parquet", rows)], registry(*meters))
    batch = concatenate(list(source.scan(*EVER, quantities=("p", "ia", "pf"))))
    assert batch.values[:, [0, 7]].tolist() == [[800, 160], [1, 2]]
    assert batch.values[:, 3] == pytest.approx(0.9)
    assert source.quantities == ("p", "pf", "ia")


def test_wall_times_of_a_zone_that_changes_its_clock_go_the_way_of_text(tmp_path: Path):
    rows = """SELECT 'm1' AS meter, make_timestamp(2024, 1 + 6 * k::INT, 5, 0, 0, 0) AS ts, 1.0 AS p
FROM range(2) t(k)"""
    source = FileReadings([parquet(tmp_path / "r.parquet", rows)], registry(timezone="Europe/Berlin"))
    found = concatenate(list(source.scan(*EVER))).ts.tolist()
    assert found == [1_704_409_200_000, 1_720_130_400_000]
