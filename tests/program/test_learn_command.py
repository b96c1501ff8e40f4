"""`nightwatt learn`: over files and over the store, and what --apply writes."""

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.errors import SetupError
from core.interval import DAY_MS, MINUTE_MS
from core.jurisdiction import CITY
from core.readings import Readings, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from nightwatt.books import Books, open_books
from nightwatt.commands.learn import Apply, Asked, learn_from_files, learn_from_store
from nightwatt.settings import Settings
from stores.duckdb import DuckSeries
from tests.cases import NOON
from tests.system.stranger import refused, run

PLANT = Registry(
    enterprises=(Enterprise("E", "Plant", "Shifeng"), Enterprise("O", "Other", "Shifeng")),
    facilities=(
        Facility("fan", "E", Kind.TREATMENT),
        Facility("press", "E", Kind.PRODUCTION),
        Facility("lamp", "O", Kind.AUXILIARY),
    ),
    meters=(Meter("fan-m", "fan", interval_s=300), Meter("press-m", "press", interval_s=300), Meter("lamp-m", "lamp")),
)
BY = Apply(by="王工", reason="learnt from March")


def month() -> Readings:
    """Twenty days of the fan, which runs by day, and of the press, which never stops; each five minutes."""
    ts = NOON - 20 * DAY_MS + np.arange(20 * 288) * 5 * MINUTE_MS
    wobble = 1 + 0.02 * np.sin(np.arange(len(ts)))
    fan = np.where(ts % DAY_MS < 10 * 60 * MINUTE_MS, 30.0, 0.0) * wobble
    return readings(np.repeat([0, 1], len(ts)), np.tile(ts, 2), p=np.concatenate([fan, 80.0 * wobble]))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "enterprises.csv").write_text("id,name,district\nE,Plant,Shifeng\nO,Other,Shifeng\n")
    (folder / "facilities.csv").write_text(
        "id,enterprise,kind\nfan,E,treatment\npress,E,production\nlamp,O,auxiliary\n"
    )
    (folder / "meters.csv").write_text("id,facility,interval_s\nfan-m,fan,300\npress-m,press,300\nlamp-m,lamp,60\n")
    batch, path = month(), tmp_path / "readings.csv"
    with path.open("w") as file:
        out = csv.writer(file)
        out.writerow(["meter", "ts", "p"])
        names = np.array(["fan-m", "press-m"])[batch.meter]
        out.writerows(zip(names.tolist(), batch.ts.tolist(), batch.p.tolist(), strict=True))
    return folder, path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def books(settings: Settings):
    opened = open_books(settings)
    opened.registry.save(PLANT, by="test", now=NOON - 30 * DAY_MS)
    yield opened
    opened.database.close()


def from_files(
    settings: Settings, files: tuple[Path, Path], *, apply: Apply | None = None, more: str = "", **asked: object
) -> tuple[int, list[dict[str, object]], str]:
    out, err = io.StringIO(), io.StringIO()
    if more:
        files[1].write_text(files[1].read_text() + more)
    code = learn_from_files(
        settings,
        files[0],
        [files[1]],
        asked=Asked(**asked),
        apply=apply,
        now=NOON,
        out=out,
        err=err,  # type: ignore[arg-type]
    )
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_each_metered_facility_is_a_line_of_json(settings: Settings, files: tuple[Path, Path]) -> None:
    code, lines, err = from_files(settings, files)
    assert (code, err) == (0, "")
    fan, press, lamp = lines
    assert (fan["facility"], fan["verdict"], fan["days"]) == ("fan", "apart", 20)
    assert fan["on_kw"] == pytest.approx(3.0, rel=0.05)
    assert sum(fan["histogram"]["counts"]) == fan["readings"] == 20 * 288  # type: ignore[index]
    assert (press["verdict"], press["on_kw"]) == ("ask a person", None)
    assert "never stops" in press["reasons"][0]  # type: ignore[index]
    assert lamp["reasons"] == ["there are no sound readings"]


@pytest.mark.parametrize(
    ("asked", "facilities"),
    [
        ({"meters": ["fan-m"]}, ["fan"]),
        ({"facilities": ["lamp"]}, ["lamp"]),
        ({"enterprises": ["E"]}, ["fan", "press"]),
        ({"meters": ["lamp-m"], "facilities": ["fan"]}, ["fan", "lamp"]),
    ],
)
def test_only_what_is_asked_for_is_learnt(
    settings: Settings, files: tuple[Path, Path], asked: dict[str, list[str]], facilities: list[str]
) -> None:
    _, lines, _ = from_files(settings, files, **asked)
    assert sorted(str(line["facility"]) for line in lines) == facilities


@pytest.mark.parametrize("asked", [{"meters": ["x"]}, {"facilities": ["x"]}, {"enterprises": ["x"]}])
def test_a_name_that_is_not_registered_is_wrong_use(
    settings: Settings, files: tuple[Path, Path], asked: dict[str, list[str]]
) -> None:
    with pytest.raises(SetupError, match=r"has no .* 'x'"):
        from_files(settings, files, **asked)


def test_refused_rows_are_told_and_the_proposals_still_come(settings: Settings, files: tuple[Path, Path]) -> None:
    code, lines, err = from_files(settings, files, more="nobody,2026-03-01T00:00:00Z,1\n")
    assert (code, len(lines)) == (1, 3)
    assert "nobody" in err


def test_a_fault_of_the_registry_is_told_and_nothing_is_learnt(settings: Settings, files: tuple[Path, Path]) -> None:
    (files[0] / "meters.csv").write_text("id,facility\nfan-m,nowhere\n")
    code, lines, err = from_files(settings, files)
    assert (code, lines) == (1, [])
    assert "nowhere" in err


def test_apply_writes_what_is_clear_and_says_what_is_not(
    settings: Settings, files: tuple[Path, Path], books: Books
) -> None:
    code, _, err = from_files(settings, files, apply=BY, enterprises=["E"])
    assert code == 1
    assert err.startswith("press: not applied, a person must decide: it never stops")
    (version,) = books.registry.versions(CITY)
    assert (version.subject, version.by, version.reason, version.effective_at) == ("fan", "王工", BY.reason, NOON)
    assert books.registry.load().facility("fan").on_kw == pytest.approx(3.0, rel=0.05)
    assert books.registry.load(NOON - 1).facility("fan").on_kw is None
    assert books.audit.entries(limit=1).rows[0].action == "set-parameters"


def test_apply_may_take_effect_at_another_time(settings: Settings, files: tuple[Path, Path], books: Books) -> None:
    later = Apply(by="a", reason="b", effective="2026-05-01")
    from_files(settings, files, apply=later, facilities=["fan"])
    assert books.registry.load().facility("fan").on_kw is None
    assert books.registry.versions(CITY)[0].effective_at == 1_777_564_800_000  # midnight in Shanghai


def test_a_time_that_is_none_and_a_database_without_the_facility_apply_nothing(
    settings: Settings, files: tuple[Path, Path]
) -> None:
    with pytest.raises(SetupError, match="nothing called fan"):
        from_files(settings, files, apply=BY, facilities=["fan"])
    with pytest.raises(SetupError, match="not a time"):
        from_files(settings, files, apply=Apply(by="a", reason="b", effective="soon"), facilities=["fan"])


def test_the_store_of_the_settings_teaches_the_same(settings: Settings, files: tuple[Path, Path], books: Books) -> None:
    with closing(DuckSeries(settings.data / "readings.duckdb")) as series:
        series.append(month())
    out = io.StringIO()
    assert learn_from_store(settings, asked=Asked(), apply=None, now=NOON, out=out) == 0
    stored = [json.loads(line) for line in out.getvalue().splitlines()]
    _, filed, _ = from_files(settings, files)
    assert [row["on_kw"] for row in stored] == [row["on_kw"] for row in filed]


def test_without_readings_in_the_data_folder_it_says_where_to_take_them_from(settings: Settings) -> None:
    with pytest.raises(SetupError, match="--registry and --readings"):
        learn_from_store(settings, asked=Asked(), apply=None, now=NOON)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--registry", "."], "--readings"),
        (["--readings", "x.csv"], "--registry"),
        (["--apply"], "--by"),
        (["--apply", "--by", "a"], "--reason"),
        (["--by", "a"], "--apply"),
        (["--effective", "2026-01-01"], "--apply"),
        (["--days", "0"], "--days"),
    ],
)
def test_wrong_use_is_refused_in_one_line(tmp_path: Path, arguments: list[str], word: str) -> None:
    refused(run(tmp_path, "learn", *arguments), word)
