"""Device tickets on the pages: a list of their own, and in no list of alarms."""

import re

import pytest

from core.alarm import State
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import readings
from tests.api.place import Place
from tests.cases import NOON, city

SILENT = {"rule": "silent", "subject": "foundry-T1-m", "severity": 1, "ticket": True}
ENGLISH = {"Accept-Language": "en"}


def ticket(place: Place, **changes: object) -> int:
    """Record a ticket about a meter of the foundry; the id of its transition, which is its alarm's here."""
    return place.record(**(SILENT | {"reason": "no reading", "evidence": {"interval_s": 60}} | changes))


def shown(place: Place, address: str, username: str = "monitor") -> str:
    answer = place.browser_of(username).get(address, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.text


def test_an_open_ticket_names_the_meter_what_it_has_since_when_and_its_last_reading(place: Place):
    place.services.series.append(readings([city().meter_number["foundry-T1-m"]], [NOON - HOUR_MS], p=[7.0]))
    ticket(place, since=NOON - 20 * MINUTE_MS)
    page = shown(place, "/tickets")
    assert "湘江铸造" in page
    assert "Meter silent" in page
    assert "foundry-T1 · foundry-T1-m" in page
    [since, last] = re.findall(r'<time datetime="([^"]+)"', page)
    assert (since, last) == ("2026-03-20T03:40:00Z", "2026-03-20T03:00:00Z")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (NOON - 30 * HOUR_MS, "2026-03-18T22:00:00Z"),
        ("2026-03-18T22:00:00Z", "2026-03-18T22:00:00Z"),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_meter_that_is_long_silent_was_last_heard_of_as_the_evidence_says(
    place: Place, seen: object, expected: str | None
):
    ticket(place, evidence={"last_at": seen})
    times = re.findall(r'<time datetime="([^"]+)"', shown(place, "/tickets"))
    assert times[1:] == ([expected] if expected else [])
    assert ("no reading for 24 hours" in shown(place, "/tickets")) is (expected is None)


@pytest.mark.parametrize(
    "address", ["/", "/overview/pulse", "/alarms", "/alarms?state=all", "/enterprises?search=print"]
)
def test_a_ticket_is_in_no_list_of_alarms(place: Place, address: str):
    def without_times(text: str) -> str:
        return re.sub(r'name="csrf" value="[^"]*"|X-CSRF-Token[^}]*', "", text)

    before = without_times(shown(place, address))
    ticket(place, enterprise="print", subject="print-T1-m", severity=3)
    assert without_times(shown(place, address)) == before


def test_a_ticket_that_is_over_is_found_among_the_done_ones(place: Place):
    ticket(place)
    ticket(place, state=State.NORMAL, at=NOON + MINUTE_MS)
    assert "No device ticket is open" in shown(place, "/tickets")
    assert "foundry-T1-m" in shown(place, "/tickets?state=done")


def test_tickets_of_an_enterprise_stand_together(place: Place):
    for at, enterprise, meter in ((0, "foundry", "T1-m"), (1, "paint", "T1-m"), (2, "foundry", "P1-m")):
        place.record(**(SILENT | {"enterprise": enterprise, "subject": f"{enterprise}-{meter}", "at": NOON + at}))
    order = re.findall(r'title="([a-z0-9A-Z-]+-m)"', shown(place, "/tickets"))
    assert order == ["foundry-P1-m", "foundry-T1-m", "paint-T1-m"]


def test_another_districts_tickets_are_not_seen(place: Place):
    ticket(place, enterprise="paint", subject="paint-T1-m")
    assert "paint-T1-m" not in shown(place, "/tickets", "tian")
    assert "paint-T1-m" not in shown(place, "/tickets?enterprise=paint", "tian")
    assert "paint-T1-m" in shown(place, "/tickets?enterprise=paint&district=芦淞区", "lu")


def test_the_enterprise_page_has_its_open_tickets_and_nothing_of_them_among_its_alarms(place: Place):
    assert 'id="tickets"' not in shown(place, "/enterprises/foundry")
    number = ticket(place)
    page = shown(place, "/enterprises/foundry")
    assert page.count(f'href="/alarms/{number}"') == 1
    assert f'href="/alarms/{number}"' in page[page.index('id="tickets"') :]


def test_the_page_of_a_ticket_says_that_it_is_one_and_that_no_phone_was_told(place: Place):
    page = shown(place, f"/alarms/{ticket(place)}")
    assert '<span class="chip">Device ticket</span>' in page
    assert "a device ticket, told to no phone" in page


@pytest.mark.parametrize("address", ["/tickets?cursor=x", "/tickets?state=?&district=%25", "/tickets?state=done"])
def test_a_mangled_address_still_gives_a_page(still: Place, address: str):
    assert still.browser_of("tian").get(address).status_code == 200
