"""The code table, and what it says of the codes seen in the field."""

import pytest

from core.readings import UNITS
from ingest.hj212.codes import meanings, rows, table

FACTORS = {("W", "kW"): 0.001, ("var", "kvar"): 0.001}


def columns():
    from csv import DictReader
    from importlib.resources import files

    return list(DictReader(files("ingest.hj212").joinpath("codes.csv").read_text("utf-8").splitlines()))


def test_every_row_has_a_unit_that_its_factor_fits():
    for row in columns():
        ours = UNITS[row["quantity"]]
        assert float(row["factor"]) == (1 if row["unit"] == ours else FACTORS[row["unit"], ours]), row


def test_no_code_is_told_twice():
    assert len({(row["systems"], row["code"], row["measure"]) for row in columns()}) == len(columns()) == len(table())


@pytest.mark.parametrize(
    ("system", "key", "period", "meant"),
    [
        ("80", "100000-Pt", False, ("100000", "p", 1)),
        ("80", "100003-Ept", False, ("100003", "ep", 1)),
        ("80", "100000-Ept", True, None),
        ("80", "100000-Pa", False, None),
        ("80", "200000-Pt", False, None),
        ("31", "100000-Pt", False, None),
        ("80", "ea30010105-Rtd", False, ("ea300101", "p", 0.001)),
        ("80", "ea30011205-Rtd", False, ("ea300112", "p", 0.001)),
        ("80", "ea30010105-Avg", True, ("ea300101", "p", 0.001)),
        ("80", "ea30010105-Avg", False, None),
        ("80", "ea30010105-Max", True, None),
        ("80", "ea30010107-Avg", True, None),
        ("80", "f21011-Pt", False, ("f21011", "p", 0.001)),
        ("44", "d20105-Rtd", False, ("d2-05", "ua", 1)),
        ("45", "d30406-Rtd", False, ("d3-06", "ia", 1)),
        ("32", "d20105-Rtd", False, None),
        ("32", "g20803-Rtd", False, ("g20803", "ia", 1)),
        ("32", "i33201-Rtd", False, ("i332", "ep", 1)),
        ("32", "i33200-Rtd", False, ("i332", "ia", 1)),
        ("31", "01-Rtd", False, None),
        ("80", "100000-Pt" + "0" * 50, False, None),
        ("80", "１00000-Pt", False, None),
    ],
)
def test_codes_mean_what_the_table_says(system, key, period, meant):
    found = meanings(system, period=period)[key]
    assert (found and (found.channel, found.quantity, 1 / found.per_unit)) == meant


def test_a_flood_of_new_codes_is_forgotten():
    known = meanings("80", period=False)
    for i in range(25_000):
        assert known[f"x{i}"] is None
    assert len(known) <= 10_000
    assert known["100000-Pt"].quantity == "p"


def test_a_table_with_an_unknown_quantity_is_refused():
    head = "systems,code,measure,channel,alone,quantity,unit,factor,note"
    with pytest.raises(ValueError, match="code x: there is no quantity 'kw'"):
        rows([head, "80,x,value,x,,kw,kW,1,"])
