"""Readings files in all the shapes that bureaus send."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SetupError
from core.interval import HOUR_MS, local_ms
from core.readings import EP, P, Readings, concatenate
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from stores import files
from stores.files import FileReadings

NOON = 1_704_110_400_000  # 2024-01-01T12:00:00Z
EVER = (0, 10**13)


def registry(*meters: Meter, timezone: str = "Asia/Shanghai") -> Registry:
    return Registry(
        enterprises=(Enterprise("E1", "Smelter", "Shifeng", timezone=timezone),),
        facilities=(Facility("F1", "E1", Kind.FEEDER),),
        meters=meters or (Meter("m1", "F1"), Meter("m2", "F1")),
    )


def write(folder: Path, text: str, name: str = "readings.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def all_of(source: FileReadings, **options: object) -> Readings:
    return concatenate(list(source.scan(*EVER, **options)))  # type: ignore[arg-type]


def rows_of(source: FileReadings) -> list[tuple[int, int, float, float]]:
    batch = all_of(source)
    return list(zip(batch.meter.tolist(), batch.ts.tolist(), batch.p.tolist(), batch.ep.tolist(), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T12:00:00Z",
        "2024-01-01t12:00:00z",
        "2024-01-01T20:00:00+08:00",
        "2024-01-01T20:00:00+0800",
        "2024-01-01 08:30:00.000-03:30",
        "2024-01-01 12:00Z",
        "2024-01-01 20:00",
        "2024-01-01T20:00:00.000",
        "2024/1/1 20:00",
        "1704110400",
        "1704110400.0",
        "1704110400000",
        "1704110400000000",
        "1704110400000000000",
        " 1704110400 ",
    ],
)
def test_an_instant_is_understood_however_it_is_written(tmp_path: Path, text: str) -> None:
    source = FileReadings([write(tmp_path, f"meter,ts,p\nm1,{text},5\n")], registry())
    assert source.refused == []
    assert all_of(source).ts.tolist() == [NOON]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nobody,1704110400,5,1", "unknown meter"),
        (",1704110400,5,1", "no meter"),
        ("m1,,5,1", "no ts"),
        ("m1,yesterday,5,1", "ts is not a time"),
        ("m1,2024-02-30 10:00,5,1", "ts is not a time"),
        ("m1,nan,5,1", "ts is not a time"),
        ("m1,0,5,1", "ts is out of range"),
        ("m1,1704110400,,", "no quantity"),
        ("m1,1704110400,nan,inf", "no quantity"),
        ("m1,1704110400,five,1", "p 'five' is not a number"),
        ("m1,1704110400,5,1,6,7", "line 2: too many columns"),
        ("m1,1704110400", "line 2: missing columns"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_are_read(tmp_path: Path, row: str, reason: str) -> None:
    source = FileReadings([write(tmp_path, f"meter,ts,p,ep\n{row}\nm2,1704110400,7,2\n")], registry())
    assert rows_of(source) == [(1, NOON, 7, 2)]
    assert len(source.refused) == 1
    assert reason in source.refused[0]
    assert "readings.csv" in source.refused[0]


def test_many_refused_rows_are_counted_after_the_first_hundred(tmp_path: Path) -> None:
    rows = "".join(f"x{i},1704110400,1\n" for i in range(250))
    source = FileReadings([write(tmp_path, "meter,ts,p\n" + rows)], registry())
    assert len(source.refused) == 101
    assert "'x0'" in source.refused[0]
    assert source.refused[-1] == "and 150 more rows"
    assert source.span() is None
    assert rows_of(source) == []


def test_columns_may_stand_in_any_order_and_others_are_passed_over(tmp_path: Path) -> None:
    text = "\ufeffnote,EP,ts,meter,p\r\nx,10,1704110400,m1,5\r\n,11,1704110460,m1,\r\n"
    batch = all_of(FileReadings([write(tmp_path, text)], registry()))
    assert batch.ep.tolist() == [10, 11]
    assert batch.p[0] == 5
    assert np.isnan(batch.p[1])


def test_of_two_readings_of_one_meter_and_instant_the_first_counts(tmp_path: Path) -> None:
    first = write(tmp_path, "meter,ts,p\nm1,1704110400,1\nm1,2024-01-01T12:00:00Z,2\n", "b.csv")
    second = write(tmp_path, "meter,ts,p\nm1,1704110400,3\nm2,1704110400,4\n", "a.csv")
    source = FileReadings([first, second], registry())
    assert all_of(source).p.tolist() == [1, 4]


def test_secondary_values_are_multiplied_by_the_ratios_once(tmp_path: Path) -> None:
    meters = (
        Meter("m1", "F1", ct=80, pt=10, values="secondary"),
        Meter("m2", "F1", ct=80, pt=10, values="primary"),
    )
    names = ("p", "ep", "q", "ua", "ia", "pf", "f")
    text = f"meter,ts,{','.join(names)}\n" + "".join(f"m{i},1704110400,1,2,3,100,5,0.9,50\n" for i in (1, 2))
    batch = all_of(FileReadings([write(tmp_path, text)], registry(*meters)), quantities=names)
    assert batch.values[0, [0, 1, 2, 4, 7, 3, 10]].tolist() == [800, 1600, 2400, 1000, 400, 0.9, 50]
    assert batch.values[1, [0, 1, 2, 4, 7, 3, 10]].tolist() == [1, 2, 3, 100, 5, 0.9, 50]


@pytest.mark.parametrize("clock", ["00:30", "01:30", "02:30", "03:30"])
@pytest.mark.parametrize("day", ["2024-03-30", "2024-03-31", "2024-04-01", "2024-10-26", "2024-10-27", "2024-10-28"])
def test_wall_time_means_the_same_instant_as_everywhere_else(tmp_path: Path, day: str, clock: str) -> None:
    text = f"meter,ts,p\nm1,2024-01-05 00:00,1\nm1,{day} {clock},2\nm1,2024-12-31 00:00,3\n"
    source = FileReadings([write(tmp_path, text)], registry(timezone="Europe/Berlin"))
    at = datetime.fromisoformat(f"{day} {clock}")
    assert all_of(source).ts.tolist()[1] == local_ms(at.date(), at.time(), "Europe/Berlin")


def test_a_meters_own_zone_goes_before_its_enterprises(tmp_path: Path) -> None:
    meters = (Meter("m1", "F1", timezone="Asia/Kolkata"), Meter("m2", "F1"))
    text = "meter,ts,p\nm1,2024-01-01 17:30,1\nm2,2024-01-01 20:00,2\n"
    assert all_of(FileReadings([write(tmp_path, text)], registry(*meters))).ts.tolist() == [NOON, NOON]


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(gzip.compress(b"meter,ts,p\nm1,1704110400,5\n"))
    assert all_of(FileReadings([path], registry())).p.tolist() == [5]


@pytest.mark.parametrize(
    "ts",
    [
        "1704110400000::BIGINT",
        "1704110400::DOUBLE",
        "TIMESTAMP '2024-01-01 20:00:00'",
        "TIMESTAMPTZ '2024-01-01 12:00:00+00'",
        "'2024-01-01T12:00:00Z'",
    ],
)
def test_parquet_gives_the_same_readings(tmp_path: Path, ts: str) -> None:
    path = tmp_path / "readings [2024].parquet"
    duckdb.execute(f"COPY (SELECT 'm1' AS meter, {ts} AS ts, 5::FLOAT AS p, NULL::DOUBLE AS ep) TO '{path}'")
    source = FileReadings([path], registry())
    batch = all_of(source)
    assert (source.refused, batch.ts.tolist(), batch.p.tolist()) == ([], [NOON], [5])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'meter'"),
        ("meter,p\nm1,5\n", "'ts'"),
        ("meter,ts,ts,p\nm1,1,1,5\n", "occurs twice"),
    ],
)
def test_a_file_without_its_columns_is_refused_whole(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SetupError, match=complaint):
        FileReadings([write(tmp_path, text)], registry())


@pytest.mark.parametrize(
    "content", [b"PAR1 but no more", gzip.compress(b"meter,ts,p\n" * 999, mtime=0)[:20], b"\xff\xfe\x00meter,ts,p\n"]
)
def test_a_damaged_file_is_named_and_no_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.csv"
    path.write_bytes(content)
    with pytest.raises(SetupError, match=r"damaged\.csv"):
        FileReadings([path], registry())


def test_a_row_in_another_encoding_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(b"meter,ts,p\n" + "电表".encode("gbk") + b",1704110400,5\n\nm1,1704110400,7\n")
    source = FileReadings([path], registry())
    assert all_of(source).p.tolist() == [7]
    assert len(source.refused) == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"nowhere\.csv"):
        FileReadings([tmp_path / "nowhere.csv"], registry())


def test_a_scan_gives_only_the_span_meters_and_quantities_asked_for(tmp_path: Path) -> None:
    text = "meter,ts,p,ep\n" + "".join(f"m{1 + i % 2},{1704110400 + 60 * i},{i},{i}\n" for i in range(10))
    source = FileReadings([write(tmp_path, text)], registry())
    batches = source.scan(NOON + 120_000, NOON + 360_000, meters=np.array([1]), quantities=("p",))
    batch = concatenate(list(batches))
    assert batch.p.tolist() == [3, 5]
    assert np.isnan(batch.values[:, EP]).all()
    assert source.span() == (NOON, NOON + 540_000)


@settings(deadline=None, max_examples=15)
@given(
    hours=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 2)), min_size=1, max_size=40),
    batch_rows=st.integers(1, 50),
)
def test_batches_ascend_and_hold_every_reading_once_in_any_order_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, hours: list[tuple[int, int]], batch_rows: int
) -> None:
    text = "meter,ts,p\n" + "".join(f"m{m},{NOON + h * HOUR_MS // 4},{i}\n" for i, (h, m) in enumerate(hours))
    source = FileReadings([write(tmp_path_factory.mktemp("files"), text)], registry())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BATCH_ROWS", batch_rows)
        batches = list(source.scan(*EVER))
    keys = [key for b in batches for key in zip(b.ts.tolist(), b.meter.tolist(), strict=True)]
    assert keys == sorted({(NOON + h * HOUR_MS // 4, m - 1) for h, m in hours})
    firsts = {(NOON + h * HOUR_MS // 4, m - 1): i for i, (h, m) in reversed(list(enumerate(hours)))}
    assert [p for b in batches for p in b.values[:, P].tolist()] == [firsts[key] for key in keys]
    source.close()


def test_closing_removes_the_temporary_database(tmp_path: Path) -> None:
    source = FileReadings([write(tmp_path, "meter,ts,p\nm1,1704110400,5\n")], registry())
    folder = Path(source._folder.name)
    assert folder.exists()
    source.close()
    assert not folder.exists()


def test_the_constants_are_the_instants_that_they_seem() -> None:
    assert datetime.fromtimestamp(NOON / 1000, tz=UTC) == datetime(2024, 1, 1, 12, tzinfo=UTC)
