"""Rows that can't both be true: both are named."""

from collections.abc import Callable

import pytest

from core.registry import Registry

Faults = Callable[..., list[str]]

SPAN = "2026-03-01,2026-03-05"
ORDER = "id,scope,kind,from,to,value,window,guaranteed_kw\n"
PRESET = "scope,level,kind,value,window\n"
FACILITY = "id,enterprise,kind,line,stage,duty,rated_kw,on_kw\n"
PLANT = "F1,E1,production,L1,,,100,\nF2,E1,treatment,L1,除尘,duty,,\nF3,E2,feeder,,,,,\n"

CASES: list[tuple[str, dict[str, str], list[str]]] = [
    (
        "a stage of standby facilities alone",
        {"facilities": f"{FACILITY}{PLANT}F4,E1,treatment,L1,脱硫,standby,,\nF5,E1,treatment,L1,除尘,standby,,\n"},
        ["facilities.csv, row 5, column duty: stage '脱硫' of line 'L1' (lines.csv, row 2) has no duty facility"],
    ),
    (
        "a stage of the whole enterprise, of standby facilities alone",
        {"facilities": f"{FACILITY}{PLANT}F4,E2,treatment,,脱硫,standby,,\n"},
        [
            "facilities.csv, row 5, column duty: stage '脱硫' of enterprise 'E2' (enterprises.csv, row 3) "
            "has no duty facility"
        ],
    ),
    (
        "a facility in two lines",
        {
            "lines": "id,enterprise,name\nL1,E1,窑\nL2,E1,磨\n",
            "facilities": f"{FACILITY}{PLANT}F1,E1,production,L2,,,100,\n",
        },
        [
            "facilities.csv, row 2, column id: 'F1' also in row 5 with line 'L2'",
            "facilities.csv, row 5, column id: 'F1' also in row 2 with line 'L1'",
        ],
    ),
    (
        "a limit that the circuit can't reach",
        {
            "facilities": FACILITY + PLANT,
            "thresholds": "meter,quantity,side,value\nM1,p,above,151\nM1,p,below,500\n"
            "M1,ua,above,260\nM2,p,above,999\n",
        },
        [
            "thresholds.csv, row 2, column value: 151 is above 1.5 times the rated 100 kW of 'F1' "
            "(facilities.csv, row 2): it could never fire"
        ],
    ),
    (
        "an on-threshold that the facility can't reach",
        {"facilities": f"{FACILITY}{PLANT.replace(',100,', ',100,120', 1)}"},
        [
            "facilities.csv, row 2, column on_kw: 120 is above the rated_kw 100 of the same row: "
            "it would never count as running"
        ],
    ),
    (
        "two orders of one time",
        {
            "facilities": FACILITY + PLANT,
            "orders": f"{ORDER}O1,L1,limit,{SPAN},30,,\nO2,F1,stop,2026-03-04,2026-03-09,,,\nO3,E1,limit,{SPAN},50,,\n",
        },
        [
            "orders.csv, row 3, column kind: contradicts order 'O1' in row 2 on 'L1': stop against limit 30 %",
            "orders.csv, row 3, column kind: contradicts order 'O3' in row 4 on 'E1': stop against limit 50 %",
            "orders.csv, row 4, column kind: contradicts order 'O1' in row 2 on 'L1': limit 50 % against limit 30 %",
        ],
    ),
    (
        "two presets of one level",
        {"presets": f"{PRESET}E1,red,stop,,\nF1,red,limit,30,\nF1,orange,limit,30,\nE1,red,limit,40,\n"},
        [
            "presets.csv, row 2, column scope: scope and level also in row 5",
            "presets.csv, row 3, column kind: contradicts preset in row 2 on 'E1': limit 30 % against stop",
            "presets.csv, row 5, column kind: contradicts preset in row 3 on 'F1': limit 40 % against limit 30 %",
            "presets.csv, row 5, column scope: scope and level also in row 2",
        ],
    ),
    (
        "presets that name nothing or say too little",
        {"presets": f"{PRESET}X,red,stop,,\nE1,red,limit,,\nE2,purple,stop,,\n"},
        [
            "presets.csv, row 2, column scope: no enterprise, line or facility 'X'",
            "presets.csv, row 3, column value: is empty; a preset of kind limit needs per cent",
            "presets.csv, row 4, column level: 'purple' is none of yellow, orange, red",
        ],
    ),
    (
        "a filing that ends before it starts",
        {"filings": "id,enterprise,kind,from,to\nR1,E1,shutdown,2026-03-02,2026-03-01\n"},
        ["filings.csv, row 2, column to: 2026-03-01 is not after 2026-03-02"],
    ),
]


@pytest.mark.parametrize(("files", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_both_rows_are_named(faults: Faults, files: dict[str, str], wanted: list[str]) -> None:
    assert sorted(faults(**files)) == sorted(wanted)


def test_what_can_be_true_together_is_taken(registry: Callable[..., Registry]) -> None:
    read = registry(
        facilities=f"{FACILITY}{PLANT}F4,E1,treatment,L1,,standby,,\nF5,E1,treatment,L1,除尘,standby,,\n",
        thresholds="meter,quantity,side,value\nM1,p,above,150\n",
        orders=f"{ORDER}O1,E1,stop,{SPAN},,,\nO2,L1,exempt,{SPAN},,,\nO3,E1,window,{SPAN},,22:00-06:00,\n"
        f"O4,E2,limit,{SPAN},30,,\nO5,E1,limit,2026-03-05,2026-03-06,30,,\n",
        presets=f"{PRESET}E1,yellow,limit,30,\nE1,orange,limit,50,\nF1,orange,window,,22:00-06:00\n",
    )
    assert len(read.orders) == 5
    assert len(read.presets) == 3
