"""Electricity in packets: exact readings of real frames, and what flags, times and periods do to them."""

from datetime import UTC, datetime

import pytest

from core.errors import DecodeError
from core.interval import to_ms
from core.readings import QUANTITIES, Quality
from ingest.decoders.decoded import Decoded
from ingest.hj212.dialect import HJ212
from ingest.hj212.frame import encode
from ingest.zones import FixedZone
from tests.ingest.hj212.captured import SHANGHAI, lines
from tests.ingest.hj212.test_frame import CHECKED

NOON = to_ms(datetime(2024, 6, 1, 4, tzinfo=UTC))
"""2024-06-01 12:00 in China."""


def decoded(frame: str | bytes, *, now: int = NOON) -> Decoded:
    payload = frame.encode() if isinstance(frame, str) else frame
    return HJ212.decode("hj212", payload, zone=FixedZone(SHANGHAI), now=now)


def packet(cp: str, *, st: str = "80", cn: str = "2011", head: str = "") -> Decoded:
    return decoded(encode(f"QN=20240601120000000;ST={st};CN={cn};PW=1;MN=A1;Flag=4;{head}CP=&&{cp}&&"))


def told(found: Decoded) -> dict[str, dict[str, float]]:
    """Values by the parcel's name, with its time where that is not noon."""
    shown = {}
    for parcel in found.parcels:
        (sample,) = parcel.samples
        values = {name: value for name in QUANTITIES if (value := getattr(sample, name)) is not None}
        shown[parcel.meter] = values if sample.ts == NOON else values | {"ts": sample.ts}
    return shown


def reading(at: int, values: str) -> dict[str, float]:
    return {name: float(value) for name, _, value in (pair.partition("=") for pair in values.split())} | {"ts": at}


def china(*when: int) -> int:
    return to_ms(datetime(*when, tzinfo=UTC)) - 8 * 3_600_000


def test_the_six_frames_of_electricity_give_exactly_their_readings():
    frames = [row["frame"] for row in lines("electricity_st80.jsonl")]
    assert len(frames) == 6
    first, calibration, second, third, single, fourth = frames
    assert told(decoded(first)) == {
        "421452328506162033375216/100000": reading(
            china(2020, 10, 15, 12, 30),
            "p=267.3919 ep=162762.484 ua=231.0 ub=231.4 uc=232.3 ia=401.4 ib=394.0 ic=382.0",
        )
    }
    assert told(decoded(calibration)) == {}
    assert told(decoded(second)) == {
        "914520014431516130150332/ea300101": reading(
            china(2019, 7, 8, 11, 36, 7),
            "p=0.22 ep=6.01 q=0.0 pf=0.999 ua=220.0 ub=220.0 uc=219.9 ia=0.99 ib=0.0 ic=0.0",
        )
    }
    (invalid,) = decoded(third).parcels
    assert (invalid.meter, invalid.quality) == ("914520014431516130150332/ea300102", Quality.INVALID)
    assert invalid.samples[0].p == invalid.samples[0].ep == invalid.samples[0].ia == 0.0
    with pytest.raises(DecodeError, match="CRC 9841 but A3C1 computed"):
        decoded(single)
    assert told(decoded(encode(single[6:-4]))) == {
        "483010352545462503434234/f21011": reading(
            china(2023, 7, 6, 18, 27), "p=0.018 ep=0.0 q=0.013 pf=0.811 ua=222.0 ub=0.1 uc=0.1 ia=0.21 ib=0.02 ic=0.02"
        )
    }
    assert told(decoded(fourth)) == {
        "412702803319785412994515/100003": reading(
            china(2021, 1, 4, 10, 30), "p=41.8556 ep=80223.867 ua=207.3 ub=205.5 uc=208.9 ia=74.403 ib=77.913 ic=81.639"
        )
    }


def test_only_a_stations_first_circuit_goes_by_the_stations_name():
    frames = [row["frame"] for row in lines("electricity_st80.jsonl")]
    others = [parcel.otherwise for i in (0, 2, 3, 5) for parcel in decoded(frames[i]).parcels]
    assert others == ["421452328506162033375216", "914520014431516130150332", "", ""]


def test_the_check_frame_of_2025_is_a_reading_though_it_has_neither_power_nor_register():
    found = decoded(CHECKED[3], now=china(2024, 6, 1, 8, 45, 10))
    assert told(found) == {
        "010000A8900016F000169DC0/d2-05": reading(china(2024, 6, 1, 8, 45), "ua=220.2 ub=220.9 uc=221.1 ia=0.24")
    }
    assert found.parcels[0].otherwise == "010000A8900016F000169DC0"
    assert not found.parcels[0].samples[0].is_backfill


def test_several_facilities_in_a_packet_are_told_apart_and_none_stands_for_the_station():
    found = packet("DataTime=20240601120000;d20105-Rtd=220;d30106-Rtd=221;d20405-Rtd=1", st="44")
    assert told(found) == {"A1/d2-05": {"ua": 220.0, "ia": 1.0}, "A1/d3-06": {"ua": 221.0}}
    assert {parcel.otherwise for parcel in found.parcels} == {""}


def test_process_codes_of_2017_are_read_among_pollutants():
    found = packet("DataTime=20240601120000;w01018-Rtd=1;g20803-Rtd=2.5;i33200-Rtd=4;i33201-Rtd=99", st="32")
    assert told(found) == {"A1/g20803": {"ia": 2.5}, "A1/i332": {"ia": 4.0, "ep": 99.0}}


@pytest.mark.parametrize("flag", ["N", "F", "S", "T", "n", ""])
def test_values_that_were_measured_count(flag):
    found = packet(f"DataTime=20240601120000;100000-Pt=5,100000-Ept=7,100000-Flag={flag}")
    assert told(found) == {"A1/100000": {"p": 5.0, "ep": 7.0}}
    assert found.parcels[0].quality == Quality.GOOD


@pytest.mark.parametrize("flag", ["D", "B", "M", "C", "J", "j", "X"])
def test_values_that_were_not_are_kept_but_marked(flag):
    found = packet(f"DataTime=20240601120000;100000-Pt=5,100000-Ept=7,100000-Flag={flag}")
    assert told(found) == {"A1/100000": {"p": 5.0, "ep": 7.0}}
    assert found.parcels[0].quality == Quality.INVALID


def test_values_flagged_beside_good_ones_are_left_out():
    cp = "ea30010105-Rtd=220,ea30010105-Flag=D;ea30010107-Rtd=6,ea30010107-Flag=N"
    found = packet(f"DataTime=20240601120000;{cp}")
    assert told(found) == {"A1/ea300101": {"ep": 6.0}}
    assert found.parcels[0].quality == Quality.GOOD


def test_a_flag_in_an_item_of_its_own_counts_too():
    found = packet("DataTime=20240601120000;ea30010105-Rtd=220;ea30010105-Flag=M")
    assert found.parcels[0].quality == Quality.INVALID


def test_a_joined_packet_of_a_megabyte_without_flags_takes_no_time_to_speak_of():
    found = packet("DataTime=20240601120000" + ";100000-Pt=5" * 80_000)
    assert told(found) == {"A1/100000": {"p": 5.0}}


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("DataTime=20240601120000;", NOON),
        ("DataTime=20240601120000250;", NOON + 250),
        ("DataTime=20000202000000;", china(2000, 2, 2)),
        ("", NOON),
    ],
)
def test_times_are_local_in_14_or_17_digits_and_may_be_wrong_and_the_number_stands_for_a_missing_one(time, at):
    (parcel,) = packet(f"{time}100000-Pt=5,100000-Flag=N").parcels
    assert parcel.samples[0].ts == at


def test_a_packet_without_any_time_is_of_its_arrival():
    (parcel,) = decoded(encode("ST=80;CN=2011;PW=1;MN=A1;CP=&&100000-Pt=5&&")).parcels
    assert parcel.samples[0].ts is None


@pytest.mark.parametrize("time", ["2016082410450", "20240631120000", "20240601120000x50", "noon", "2024060112000025"])
def test_a_time_that_is_none_refuses_the_readings_and_says_so(time):
    found = packet(f"DataTime={time};100000-Pt=5")
    assert (found.parcels, found.refused) == ([], [f"DataTime is not a time: '{time}'"])


@pytest.mark.parametrize(
    ("cp", "head", "late"),
    [
        ("DataTime=20240601120000;100000-Pt=5", "", False),
        ("DataTime=20240601114600;100000-Pt=5", "", False),
        ("DataTime=20240601114400;100000-Pt=5", "", True),
        ("DataTime=20240601120000;100000-Pt=5", "RF=1;", True),
        ("DataTime=20240601120000;RF=1;100000-Pt=5", "", True),
    ],
)
def test_what_is_sent_later_than_measured_is_backfill(cp, head, late):
    (parcel,) = packet(cp, head=head).parcels
    assert parcel.samples[0].is_backfill == late


@pytest.mark.parametrize("cn", ["2051", "2061"])
def test_averages_of_minutes_and_hours_are_samples_at_the_start_of_their_period(cn):
    cp = "ea30010105-Min=100,ea30010105-Avg=220,ea30010105-Max=300,ea30010105-Cou=9,ea30010105-Flag=N"
    found = packet(f"DataTime=20240601110000;{cp};ea30010107-Avg=6.5", cn=cn)
    assert told(found) == {"A1/ea300101": {"p": 0.22, "ts": NOON - 3_600_000}}


def test_averages_of_days_are_no_readings():
    found = packet("DataTime=20240531000000;ea30010105-Avg=220", cn="2031")
    assert (found.parcels, found.remarks) == ([], ["averages of days are no readings"])


def test_a_period_without_its_time_is_refused():
    assert packet("ea30010105-Avg=220", cn="2051").refused == ["no DataTime"]


@pytest.mark.parametrize(
    ("cp", "st", "remarks"),
    [
        ("DataTime=20240601120000;01-Rtd=1,01-Flag=N", "31", ["no electricity"]),
        ("DataTime=20240601120000", "80", ["no electricity"]),
        ("", "80", ["no electricity"]),
        ("DataTime=20240601120000;p99101-Rtd=St,p99101-Flag=N", "45", ["no electricity"]),
        ("DataTime=20240601120000;d29905-Rtd=1", "44", ["electricity under codes that are not in the table"]),
        ("DataTime=nonsense;01-Rtd=1", "31", ["no electricity"]),
    ],
)
def test_packets_without_electricity_are_understood(cp, st, remarks):
    found = packet(cp, st=st)
    assert (found.parcels, found.refused, found.remarks) == ([], [], remarks)


@pytest.mark.parametrize("value", ["", "abc", "0x10"])
def test_a_value_that_is_no_number_is_refused_and_the_others_are_kept(value):
    found = packet(f"DataTime=20240601120000;100000-Pt={value};100000-Ept=7")
    assert told(found) == {"A1/100000": {"ep": 7.0}}
    assert len(found.refused) == 1
    assert found.refused[0].startswith("100000-Pt is not a number")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_a_value_that_is_not_finite_is_absent(value):
    assert told(packet(f"DataTime=20240601120000;100000-Pt={value};100000-Ept=7")) == {"A1/100000": {"ep": 7.0}}
