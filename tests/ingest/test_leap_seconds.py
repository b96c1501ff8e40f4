"""A leap second in a meter's time: the second after it, and nowhere else a second 60."""

import pytest

from core.errors import DecodeError
from core.interval import to_text
from ingest.decoders.instant import instant_ms
from tests.ingest.test_own_decoder import one

AFTER = "2017-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("written", "zone_name", "meant"),
    [
        ("2016-12-31T23:59:60Z", None, AFTER),
        ("2016-12-31T23:59:60.25Z", None, "2017-01-01T00:00:00.250Z"),
        ("2017-01-01T07:59:60+08:00", None, AFTER),
        ("2016-12-31T18:59:60-05:00", None, AFTER),
        ("2017-01-01T05:29:60+0530", None, AFTER),
        ("2017-01-01 07:59:60", "Asia/Shanghai", AFTER),
        ("2012-06-30t23:59:60z", None, "2012-07-01T00:00:00Z"),
    ],
)
def test_a_leap_second_is_the_second_after_it(written: str, zone_name: str | None, meant: str) -> None:
    assert to_text(instant_ms(written, zone_name=zone_name)) == meant


@pytest.mark.parametrize(
    "written",
    [
        "2016-12-31T23:59:61Z",
        "2016-12-31T23:58:60Z",
        "2016-12-31T12:59:60Z",
        "2016-12-30T23:59:60Z",
        "2016-12-31T23:59:60+08:00",
    ],
)
def test_a_second_60_where_there_is_no_leap_second_is_refused(written: str) -> None:
    with pytest.raises(DecodeError, match=r"leap second|not a time"):
        instant_ms(written, zone_name=None)


def test_a_message_of_a_leap_second_is_read_as_any_other() -> None:
    sample = one('{"ts": "2016-12-31T23:59:60Z", "p": 3.5}')
    assert (to_text(sample.ts or 0), sample.p) == (AFTER, 3.5)
