"""`nightwatt imbalance` over files: lines, refusals and exit codes."""

import io
import json
from pathlib import Path

import pytest

from core.readings import Readings
from core.registry import Kind, Registry, Shift
from nightwatt.commands import imbalance as command
from tests.analytics.loads import days_of, registry, two_levels


def run(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    batch: Readings,
    *,
    of: Registry,
    more: str = "",
    from_: str | None = None,
    to: str | None = None,
) -> tuple[int, list[dict[str, object]], str]:
    monkeypatch.setattr(command, "read_registry", lambda _: of)
    path, out, err = folder / "readings.csv", io.StringIO(), io.StringIO()
    rows = zip(batch.meter.tolist(), batch.ts.tolist(), batch.p.tolist(), batch.ep.tolist(), strict=True)
    path.write_text("meter,ts,p,ep\n" + "".join(f"M{m},{t},{p},{ep}\n" for m, t, p, ep in rows) + more)
    code = command.imbalance(Path(), [path], from_=from_, to=to, out=out, err=err)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


NIGHT_WORKER = days_of(two_levels(night=300, day=100))


def test_each_enterprise_is_a_line_of_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, lines, err = run(monkeypatch, tmp_path, NIGHT_WORKER, of=registry(shift=Shift.NIGHT))
    assert (code, err) == (0, "")
    assert lines == [
        {
            "enterprise": "E",
            "night_kw": 300,
            "day_kw": 100,
            "ratio": 3,
            "valid_days": 5,
            "class": "night-heavy",
            "flagged": True,
            "remark": "registered night shift",
            "coverage": 1,
        }
    ]


def test_what_is_not_a_number_is_null(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, (line,), _ = run(monkeypatch, tmp_path, NIGHT_WORKER, of=registry(Kind.TREATMENT))
    assert (line["night_kw"], line["day_kw"], line["ratio"], line["class"]) == (None, None, None, "insufficient")


def test_refused_rows_are_told_and_the_results_still_come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    more = "M9,2024-03-05T00:00:00Z,1,1\n"
    code, lines, err = run(monkeypatch, tmp_path, NIGHT_WORKER, of=registry(), more=more)
    assert (code, len(lines)) == (1, 1)
    assert "unknown meter" in err
    assert "M9" in err


def test_a_last_night_that_lacks_a_minute_counts_by_its_coverage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, (line,), _ = run(monkeypatch, tmp_path, NIGHT_WORKER.take(slice(1, -1)), of=registry())
    assert (code, line["valid_days"]) == (0, 5)


@pytest.mark.parametrize(
    ("from_", "to", "days"),
    [
        ("2024-03-05", None, 4),
        ("2024-03-05T06:00", "2024-03-08 06:00", 3),
        ("2024-03-04T22:00:00Z", "2024-03-07T22:00:00Z", 3),
        (None, "2024-03-08", 3),
        ("2030-01-01", None, 0),
    ],
)
def test_the_period_may_be_given_in_local_time_or_with_an_offset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, from_: str | None, to: str | None, days: int
) -> None:
    code, (line,), _ = run(monkeypatch, tmp_path, NIGHT_WORKER, of=registry(), from_=from_, to=to)
    assert (code, line["valid_days"]) == (0, days)


@pytest.mark.parametrize(("from_", "to"), [("last week", None), ("2024-03-08", "2024-03-05")])
def test_a_period_that_makes_no_sense_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, from_: str | None, to: str | None
) -> None:
    code, lines, err = run(monkeypatch, tmp_path, NIGHT_WORKER, of=registry(), from_=from_, to=to)
    assert (code, lines) == (2, [])
    assert str(from_) in err


def test_a_registry_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert command.imbalance(tmp_path / "none", [tmp_path / "none.csv"], from_=None, to=None, out=out, err=err) != 0
    assert "none" in err.getvalue()
    assert out.getvalue() == ""
