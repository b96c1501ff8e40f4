"""The contract of core.ports.Outbox, run against every outbox.

A test class inherits `OutboxContract` and provides the fixture `desk`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from core.notification import Route
from core.ports import Outbox

NOW = 1_700_000_000_000
LEASE = 60_000
EVIDENCE = {"running": [{"name": "熔炼炉", "power_kw": 812.5}], "stopped": [{"name": "除尘风机", "power_kw": 0.7}]}


@dataclass(frozen=True)
class OutboxDesk:
    """An empty outbox with one route switched on; `put` adds a waiting transition with EVIDENCE and returns its id."""

    outbox: Outbox
    route: Route
    put: Callable[[], int]


class OutboxContract:
    @pytest.fixture
    def desk(self) -> OutboxDesk:
        raise NotImplementedError

    def ids(self, desk: OutboxDesk, now: int = NOW, limit: int = 10) -> list[int]:
        return [due.transition for due in desk.outbox.claim(now=now, lease_for=LEASE, limit=limit)]

    def test_transitions_are_claimed_in_order_and_up_to_the_limit(self, desk: OutboxDesk) -> None:
        first, second, third = desk.put(), desk.put(), desk.put()
        assert self.ids(desk, limit=2) == [first, second]
        assert self.ids(desk, limit=2) == [third]

    def test_a_claim_is_not_given_twice_until_its_lease_runs_out(self, desk: OutboxDesk) -> None:
        transition = desk.put()
        assert self.ids(desk) == [transition]
        assert self.ids(desk, now=NOW + LEASE - 1) == []
        assert self.ids(desk, now=NOW + LEASE + 1) == [transition]

    def test_only_a_claim_that_ran_out_was_claimed_before(self, desk: OutboxDesk) -> None:
        desk.put()
        assert [d.claimed_before for d in desk.outbox.claim(now=NOW, lease_for=LEASE, limit=1)] == [False]
        late = NOW + LEASE + 1
        assert [d.claimed_before for d in desk.outbox.claim(now=late, lease_for=LEASE, limit=1)] == [True]

    def test_what_was_released_comes_back_at_its_retry_and_not_as_claimed_before(self, desk: OutboxDesk) -> None:
        transition = desk.put()
        self.ids(desk)
        desk.outbox.release(transition, retry_at=NOW + 5_000)
        assert self.ids(desk, now=NOW + 4_999) == []
        again = desk.outbox.claim(now=NOW + 5_000, lease_for=LEASE, limit=1)
        assert [(d.transition, d.claimed_before) for d in again] == [(transition, False)]

    def test_what_is_done_never_comes_back(self, desk: OutboxDesk) -> None:
        transition = desk.put()
        self.ids(desk)
        desk.outbox.done(transition, outcome="sent", now=NOW)
        assert self.ids(desk, now=NOW + 100 * LEASE) == []

    def test_a_claim_brings_the_evidence_of_its_transition(self, desk: OutboxDesk) -> None:
        desk.put()
        for now in (NOW, NOW + LEASE + 1):
            [due] = desk.outbox.claim(now=now, lease_for=LEASE, limit=1)
            assert due.evidence == EVIDENCE

    @pytest.mark.parametrize("answer", [True, False])
    def test_a_route_has_accepted_only_after_such_an_answer(self, desk: OutboxDesk, answer: bool) -> None:
        transition = desk.put()
        due = desk.outbox.claim(now=NOW, lease_for=LEASE, limit=1)[0]
        attempt = desk.outbox.attempt(due, desk.route, repeat=False, now=NOW)
        assert desk.outbox.accepted(transition) == frozenset()
        desk.outbox.answer(attempt, accepted=answer, answer="HTTP 200", now=NOW)
        assert desk.outbox.accepted(transition) == (frozenset({desk.route.id}) if answer else frozenset())

    def test_routes_that_are_switched_on_are_listed_whole(self, desk: OutboxDesk) -> None:
        assert desk.outbox.routes() == [desk.route]
