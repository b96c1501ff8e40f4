"""The known city as files, and the command that scores the rules over it."""

import io
import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.errors import SetupError
from core.readings import QUANTITIES, concatenate
from nightwatt.commands.evaluate import evaluate
from nightwatt.simulate.truth.city import KnownCity
from nightwatt.simulate.truth.shape import measured_shape
from nightwatt.simulate.truth.written import write_city
from registry.read import read_registry
from registry.write import write_registry
from stores.files import FileReadings

SEED = 12


def run(**asked: object) -> tuple[int, str]:
    out = io.StringIO()
    given: dict[str, object] = {"seed": SEED, "days": 3, "enterprises": 8}
    given |= {"rules": [], "shape": None, "as_json": False, "write": None} | asked
    code = evaluate(**given, out=out)
    return code, out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("city") / "written"
    city = KnownCity(seed=SEED, days=2, enterprises=6)
    write_city(city, city.arrivals(), found)
    return found


def test_the_registry_reads_back_as_it_was(folder: Path) -> None:
    assert read_registry(folder / "registry") == KnownCity(seed=SEED, days=2, enterprises=6).registry


def test_the_orders_and_filings_of_a_long_time_are_without_contradiction(tmp_path: Path) -> None:
    city = KnownCity(seed=SEED, days=40)
    write_registry(city.registry, tmp_path)
    read = read_registry(tmp_path)
    assert read == city.registry
    assert {row.kind for row in read.orders} == {"stop", "limit", "window", "exempt"}
    assert {row.status for row in read.orders} == {"issued", "revoked"}
    assert any(row.guaranteed_kw for row in read.orders)


def test_the_readings_read_back_each_once_to_the_last_digit(folder: Path) -> None:
    city = KnownCity(seed=SEED, days=2, enterprises=6)
    said = concatenate([arrival.readings for arrival in city.arrivals()])
    _, first = np.unique(np.stack([said.ts, said.meter]), axis=1, return_index=True)
    said = said.take(np.sort(first))
    said = said.take(np.lexsort((said.meter, said.ts)))
    with closing(FileReadings([folder / "readings.parquet"], city.registry)) as source:
        read = concatenate(list(source.scan(0, 2**60, quantities=QUANTITIES)))
        assert source.refused == []
    read = read.take(np.lexsort((read.meter, read.ts)))
    assert np.array_equal(read.ts, said.ts)
    assert np.array_equal(read.meter, said.meter)
    assert np.array_equal(read.values, said.values, equal_nan=True)


def test_the_truth_lies_apart_one_line_an_event_or_trap(folder: Path) -> None:
    city = KnownCity(seed=SEED, days=2, enterprises=6)
    lines = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]
    assert sum("event" in line for line in lines) == len(city.events)
    assert sum("trap" in line for line in lines) == len(city.traps)
    assert {path.name for path in folder.iterdir()} == {"registry", "readings.parquet", "truth.jsonl"}


def test_nothing_of_an_unfinished_file_stays_behind(tmp_path: Path) -> None:
    city = KnownCity(seed=SEED, days=1, enterprises=2)

    def breaking():  # type: ignore[no-untyped-def]
        yield next(city.arrivals())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_city(city, breaking(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"registry", "truth.jsonl"}


def test_the_table_has_a_row_for_every_rule_asked() -> None:
    code, text = run(rules=["interlock", "threshold"])
    lines = text.splitlines()
    assert code == 0
    assert lines[0].startswith("seed 12, 3 days, 8 enterprises, ")
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["rule", "-" * 11, "interlock", "threshold"]
    assert len({len(line) for line in lines[2:]}) == 1


def test_every_line_of_json_is_a_miss_or_a_false_alarm_with_what_lay_near() -> None:
    code, text = run(rules=["interlock"], as_json=True, days=5, enterprises=12)
    assert code == 0
    for line in map(json.loads, text.splitlines()):
        assert line["kind"] in ("miss", "false")
        assert set(line) == {"kind", "rule", "subject", "enterprise", "at", "severity", "note", "nearby"}


def test_interlocks_of_a_quiet_week_are_found_and_nothing_else_is() -> None:
    _, text = run(rules=["interlock"], days=7, enterprises=24)
    cells = [cell.strip() for cell in text.splitlines()[-1].split("|")[1:-1]]
    events, found, missed, false = map(int, cells[1:5])
    assert events >= 10
    assert (found, missed, false) == (events, 0, 0)


def test_a_rule_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(SetupError, match=r"no rule interlok; there are .*interlock"):
        run(rules=["interlok"])


def test_a_shape_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no file"):
        run(shape=tmp_path / "year.csv")


def test_one_enterprise_follows_the_measured_year(steel_year: Path) -> None:
    shape = measured_shape(steel_year)
    city = KnownCity(seed=SEED, days=7, enterprises=6, shape=shape)
    plant = next(script for script in city.scripts if script.site.number == 5)
    machine = plant.site.production()[0]
    power = np.concatenate([city.power(4, day)[machine.id] for day in range(7)]) / machine.rated_kw
    quarters = power[: 672 * 15].reshape(-1, 15).mean(axis=1)
    weeks = [np.corrcoef(quarters, shape[week * 672 : (week + 1) * 672])[0, 1] for week in range(len(shape) // 672)]
    assert max(weeks) > 0.75
