"""`nightwatt backtest` over files: lines, refusals and exit codes; the same from CSV and from Parquet."""

import io
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from nightwatt.commands.backtest import backtest

START = 1_773_964_800  # 2026-03-20T00:00:00Z, s

REGISTRY = {
    "enterprises": "id,name,district\nE,Works,North\n",
    "lines": "id,enterprise,name\nL,E,Line\n",
    "facilities": "id,enterprise,kind,line,stage,on_kw\nP,E,production,L,,10\nT,E,treatment,L,dust,5\n",
    "meters": "id,facility\np,P\nt,T\n",
    "thresholds": "meter,quantity,side,value,severity\np,p,above,90,2\n",
}


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    for name, text in REGISTRY.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def rows(minutes: int = 180) -> list[tuple[str, int, float]]:
    """Production runs; treatment runs but for forty minutes from the first hour on; at two hours too much power."""
    found = []
    for i in range(minutes):
        at = START + 60 * i
        found.append(("p", at, 95.0 if 120 <= i < 140 else 40.0 + i % 3))
        found.append(("t", at, 0.5 if 60 <= i < 100 else 12.0 + i % 3))
    return found


def csv_of(path: Path, given: list[tuple[str, int, float]], more: str = "") -> Path:
    path.write_text("meter,ts,p\n" + "".join(f"{m},{ts},{p}\n" for m, ts, p in given) + more)
    return path


def run(registry: Path, *readings: Path, **options: object) -> tuple[int, list[dict[str, object]], str]:
    given = {"from_": None, "to": None, "rules": None} | options
    out, err = io.StringIO(), io.StringIO()
    code = backtest(registry, list(readings), out=out, err=err, **given)  # type: ignore[arg-type]
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def of(lines: list[dict[str, object]], rule: str) -> list[tuple[object, ...]]:
    return [(row["at"], row["severity"], row["state"], row["since"]) for row in lines if row["rule"] == rule]


def test_each_transition_is_a_line_in_order_of_time(registry: Path, tmp_path: Path):
    code, lines, err = run(registry, csv_of(tmp_path / "readings.csv", rows()))
    assert (code, err) == (0, "")
    assert [row["at"] for row in lines] == sorted(row["at"] for row in lines)
    assert of(lines, "threshold") == [
        ("2026-03-20T02:05:00Z", 2, "active", "2026-03-20T02:00:00Z"),
        ("2026-03-20T02:25:00Z", 2, "normal", "2026-03-20T02:00:00Z"),
    ]
    seen = of(lines, "interlock")
    assert [(severity, state) for _, severity, state, _ in seen] == [(1, "active"), (2, "active"), (2, "normal")]
    assert {since for *_, since in seen} == {"2026-03-20T01:00:00Z"}
    (first, *_) = [row for row in lines if row["rule"] == "interlock"]
    assert set(first) == {"at", "rule", "subject", "enterprise", "severity", "state", "since", "reason"}
    assert (first["subject"], first["enterprise"]) == ("L/dust", "E")


def test_what_still_stands_at_the_end_has_no_line_for_that(registry: Path, tmp_path: Path):
    _, lines, _ = run(registry, csv_of(tmp_path / "readings.csv", rows(80)))
    assert [state for _, _, state, _ in of(lines, "interlock")] == ["active", "active"]


@pytest.mark.parametrize("order", ["ts, meter", "meter, ts", "p, ts"])
@pytest.mark.parametrize("ts", ["ts", "make_timestamptz(ts * 1000000)", "make_timestamp((ts + 28800) * 1000000)"])
def test_parquet_in_any_order_gives_the_same_lines(registry: Path, tmp_path: Path, order: str, ts: str):
    source = csv_of(tmp_path / "readings.csv", rows())
    target = tmp_path / "readings.parquet"
    duckdb.execute(f"COPY (SELECT meter, {ts} AS ts, p FROM '{source}' ORDER BY {order}) TO '{target}'")
    expected = run(registry, source)
    assert expected[1]
    assert run(registry, target) == expected


def test_a_span_is_judged_with_the_readings_before_it_as_run_up(registry: Path, tmp_path: Path):
    path = csv_of(tmp_path / "readings.csv", rows())
    _, whole, _ = run(registry, path)
    code, lines, _ = run(registry, path, from_="2026-03-20T09:30:00+08:00", to="2026-03-20T10:06:00+08:00")
    assert code == 0
    assert lines == [row for row in whole if "2026-03-20T01:30:00Z" <= str(row["at"]) < "2026-03-20T02:06:00Z"]
    assert lines


def test_a_meter_that_repeats_itself_under_load_is_known_as_on_the_road(registry: Path, tmp_path: Path):
    stuck = [(m, ts, 0.5 if m == "t" else 40.0) for m, ts, _ in rows(120)]
    given = "meter,ts,p,ua,ia\n" + "".join(f"{m},{ts},{p},230,{9 if m == 'p' else 0}\n" for m, ts, p in stuck)
    path = tmp_path / "readings.csv"
    path.write_text(given)
    _, lines, _ = run(registry, path)
    last = [state for _, _, state, _ in of(lines, "interlock")]
    loose = csv_of(tmp_path / "loose.csv", [(m, ts, p + (ts // 60) % 2) for m, ts, p in stuck])
    assert len(of(run(registry, loose)[1], "interlock")) > len(last)


def test_refused_rows_are_told_and_the_results_still_come(registry: Path, tmp_path: Path):
    code, lines, err = run(registry, csv_of(tmp_path / "readings.csv", rows(), "nobody,1773964800,1\n"))
    assert code == 1
    assert lines
    assert "unknown meter" in err


def test_rules_are_chosen_by_a_file(registry: Path, tmp_path: Path):
    path = csv_of(tmp_path / "readings.csv", rows())
    toml, as_json = tmp_path / "rules.toml", tmp_path / "rules.json"
    toml.write_text('disabled = ["interlock"]\n')
    as_json.write_text('{"enabled": ["threshold"]}')
    assert {row["rule"] for row in run(registry, path, rules=as_json)[1]} == {"threshold"}
    assert of(run(registry, path, rules=toml)[1], "interlock") == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('disabled = ["interlok"]', "no rule 'interlok'; there are"),
        ("disabled = [", "can't read"),
        ("[threshold]\nvalue = 3", "no parameter 'value'"),
    ],
)
def test_a_wrong_file_of_rules_is_wrong_use_and_says_what_is_known(
    registry: Path, tmp_path: Path, text: str, complaint: str
):
    rules = tmp_path / "rules.toml"
    rules.write_text(text)
    code, lines, err = run(registry, csv_of(tmp_path / "readings.csv", rows(2)), rules=rules)
    assert (code, lines) == (2, [])
    assert complaint in err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"from_": "yesterday"}, 2),
        ({"from_": "2026-03-21", "to": "2026-03-20"}, 2),
        ({"rules": Path("nowhere.toml")}, 2),
    ],
)
def test_wrong_use_is_told(registry: Path, tmp_path: Path, options: dict[str, object], code: int):
    found, lines, err = run(registry, csv_of(tmp_path / "readings.csv", rows(2)), **options)
    assert (found, lines) == (code, [])
    assert err


def test_a_file_that_is_not_there_and_a_bad_registry(registry: Path, tmp_path: Path):
    assert run(registry, tmp_path / "nowhere.parquet")[0] == 2
    (registry / "meters.csv").write_text("id,facility\np,nothing\n")
    code, _, err = run(registry, csv_of(tmp_path / "readings.csv", rows(2)))
    assert code == 1
    assert "meters" in err


def test_the_program_prints_lines_and_nothing_else(registry: Path, tmp_path: Path):
    path = csv_of(tmp_path / "readings.csv", rows())
    command = [sys.executable, "-m", "nightwatt", "backtest", "--registry", str(registry), "--readings", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert [json.loads(line) for line in said.stdout.splitlines()] == run(registry, path)[1]
    assert said.stderr == ""
