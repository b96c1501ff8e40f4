"""What is wrong with a mapping is told at start, all of it, each with its place."""

from typing import Any

import pytest

from core.errors import SetupError
from ingest.decoders.mapping_load import MOST, load_mappings

GOOD: dict[str, Any] = {"name": "x", "topic": "t/{device}", "meter": "{device}", "quantities": {"p": "$.p"}}


def faults(*tables: Any, taken: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(SetupError) as caught:
        load_mappings(tables, taken=taken)
    assert "\n" not in str(caught.value)
    return str(caught.value).split("; mappings")


def quantity(**given: Any) -> dict[str, Any]:
    return {"quantities": {"p": "$.p", **given}}


@pytest.mark.parametrize(
    ("keys", "place", "reason"),
    [
        ({"name": "X Y"}, "name", "'X Y'"),
        ({"name": 7}, "name", "7"),
        ({"nmae": "x"}, "nmae", "no such key"),
        ({"topic": ""}, "topic", "''"),
        ({"topic": "t/+"}, "topic", "instead of + and #"),
        ({"topic": 5}, "topic", "5"),
        ({"topic": "t/{Device}"}, "topic", "'Device' is no name"),
        ({"topic": "t/{device"}, "topic", "a brace is left open"),
        ({"topic": "t/{device}{x}"}, "topic", "one {name} at most"),
        ({"topic": "t/{device}/{device}"}, "topic", "twice"),
        ({"topic": "t/{*device}/x"}, "topic", "only be the last level"),
        ({"topic": "t/{*De}"}, "topic", "'De' is no name"),
        ({"meter": ""}, "meter", "''"),
        ({"meter": "{other}"}, "meter", "the topic has no part {other}"),
        ({"meter": "{$.a[}"}, "meter", "can't be read from '[' on"),
        ({"meter": "{device"}, "meter", "a brace is left open"),
        ({"meter": "{key}"}, "meter", "the topic has no part {key}"),
        ({"otherwise": "{other}"}, "otherwise", "the topic has no part {other}"),
        ({"each": "$.rows"}, "each", "'$.meters[*]' is expected"),
        ({"each": 5}, "each", "'$.meters[*]' is expected"),
        ({"each": "$.a[*].b[*]"}, "each", "can't be read from '[*].b' on"),
        ({"each": "$.a[*]", "topic": "t/{device}/{key}"}, "topic", "call this part otherwise"),
        ({"each": "$.a[*]", "part": "{device}"}, "each", "does not go with part"),
        ({"part": "{other}"}, "part", "the topic has no part {other}"),
        ({"part": "{$.x}"}, "part", "only parts of the topic"),
        ({"part": "{device}", "quantities": {"p": "$"}}, "quantities", "begin with the name of a value"),
        ({"part": "{device}", "quantities": {"p": "$[0]"}}, "quantities", "begin with the name of a value"),
        ({"when": "$.x"}, "when", "a table is expected"),
        ({"when": {"path": "$.x"}}, "when.is", "is missing"),
        ({"when": {"path": "$.x", "is": []}}, "when.is", "is expected"),
        ({"when": {"path": "$.x", "is": {}}}, "when.is", "is expected"),
        ({"backfill": {"is": 1, "value": 1}}, "backfill.value", "no such key"),
        ({"time": "ts"}, "time", "a path begins with $"),
        ({"time": {"format": "unix"}}, "time.path", "is missing"),
        ({"time": {"path": "$.t", "format": "iso"}}, "time.format", "'iso' is no time format"),
        ({"time": {"path": "$.t", "format": "%H:%M:%S"}}, "time.format", "does not tell date, hour and minute"),
        ({"time": {"path": "$.t", "format": "%Y-%m-%d %Q"}}, "time.format", "no time format"),
        ({"time": {"path": "$.t", "zone": "Mars/Olympus"}}, "time.zone", "Mars/Olympus"),
        ({"time": {"path": "$.t", "zone": 8}}, "time.zone", "8"),
        ({"time": 5}, "time", "a table is expected"),
        ({"quantities": {}}, "quantities", "p, ep, or all of pa, pb and pc"),
        ({"quantities": {"ua": "$.u"}}, "quantities", "p, ep, or all of pa, pb and pc"),
        ({"quantities": "$.p"}, "quantities", "a table is expected"),
        (quantity(power="$.p"), "quantities.power", "no such key"),
        (quantity(ep="e"), "quantities.ep", "a path begins with $"),
        (quantity(ep="$..e"), "quantities.ep", "can't be read"),
        (quantity(ep="$.*"), "quantities.ep", "can't be read"),
        (quantity(ep=5), "quantities.ep", "a table is expected"),
        (quantity(ep={}), "quantities.ep", "either path or sum"),
        (quantity(ep={"path": "$.e", "sum": ["$.f"]}), "quantities.ep", "either path or sum"),
        (quantity(ep={"sum": []}), "quantities.ep.sum", "a list of paths"),
        (quantity(ep={"sum": ["$.e", 5]}), "quantities.ep.sum", "a path begins with $"),
        (quantity(ep={"path": "$.e", "unit": "J"}), "quantities.ep.unit", "one of Wh, kWh, MWh"),
        (quantity(ua={"path": "$.e", "unit": "W"}), "quantities.ua.unit", "'W' is no unit of ua"),
        (quantity(ep={"path": "$.e", "unit": 5}), "quantities.ep.unit", "5"),
        (quantity(ep={"path": "$.e", "unit": "Wh", "factor": 2}), "quantities.ep", "not both"),
        (quantity(ep={"path": "$.e", "factor": 0}), "quantities.ep.factor", "other than 0"),
        (quantity(ep={"path": "$.e", "factor": True}), "quantities.ep.factor", "True"),
        (quantity(ep={"path": "$.e", "factor": float("inf")}), "quantities.ep.factor", "inf"),
        (quantity(ep={"path": "$.e", "scale": 2}), "quantities.ep.scale", "no such key"),
    ],
)
def test_a_fault_is_told_with_its_place(keys: dict[str, Any], place: str, reason: str) -> None:
    found = faults(GOOD | keys)
    assert any(fault.removeprefix("mappings").startswith(f"[0].{place}: ") and reason in fault for fault in found), (
        found
    )


def test_all_faults_of_all_mappings_are_told() -> None:
    bad = {"name": "?", "topic": "#", "quantities": {"p": {"path": "p", "unit": "horse"}}}
    told = [fault.removeprefix("mappings").partition(": ")[0] for fault in faults(GOOD, bad, {}, "nonsense")]
    assert told[:5] == [
        *("[1].name", "[1].topic", "[1].meter", "[1].quantities.p.path", "[1].quantities.p.unit"),
    ]
    assert [place for place in told if place.startswith("[2]")] == [
        f"[2].{key}" for key in ("name", "topic", "meter", "quantities")
    ]
    assert "[3]" in told


def test_a_name_is_given_once() -> None:
    assert faults(GOOD, GOOD) == ["mappings[1].name: there is a dialect 'x' already"]
    assert faults(GOOD, taken=("x",)) == ["mappings[0].name: there is a dialect 'x' already"]


def test_the_number_of_mappings_is_bounded() -> None:
    assert f"at most {MOST}" in faults(*[GOOD] * (MOST + 1))[0]


def test_good_mappings_are_dialects_by_their_names() -> None:
    assert list(load_mappings([GOOD, GOOD | {"name": "y"}])) == ["x", "y"]
    assert load_mappings([]) == {}
