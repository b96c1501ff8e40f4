"""The stages with both clocks in hand: nothing here sleeps."""

import threading

import pytest

from core.alarm import State
from core.errors import ChannelError, StoreAway
from core.notification import Outcome
from notify.answer import NoAnswer
from notify.memory import MemoryChannel, MemoryOutbox
from tests.notify.cases import City, due, route

SECOND = 1_000
HOUR = 3_600_000
FIRST, SECOND_ROUTE = route(id=3, address="first"), route(id=4, address="second")


def city(channel: MemoryChannel, *routes: object, **changes: object) -> tuple[City, MemoryOutbox]:
    outbox = MemoryOutbox(list(routes) or [FIRST])  # type: ignore[arg-type]
    outbox.put(due(**changes))
    return City(outbox, {"memory": channel}), outbox


def story(outbox: MemoryOutbox) -> list[tuple[int, Outcome, str]]:
    return [(a.route.id, a.outcome, a.answer) for a in outbox.attempts]


def sent_to(channel: MemoryChannel) -> list[str]:
    return sorted(address for address, _ in channel.sent)


def test_a_transition_is_told_once_and_closed_as_sent_with_the_answer() -> None:
    channel = MemoryChannel()
    town, outbox = city(channel)
    assert town.notifier.drain() == 1
    assert town.notifier.drain() == 0
    assert [(address, message.key) for address, message in channel.sent] == [("first", "nightwatt-42-3")]
    assert channel.sent[0][1].link == "https://watch.example.org/alarms/7"
    assert story(outbox) == [(3, Outcome.ACCEPTED, "kept")]
    assert (outbox.rows[42].outcome, outbox.rows[42].processed_at) == ("sent", town.wall.now)


WHO = [
    ("every district", {"district": None}, {}, True),
    ("its own district", {"district": "石峰区"}, {}, True),
    ("another district", {"district": "天元区"}, {}, False),
    ("just severe enough", {"min_severity": 2}, {}, True),
    ("not severe enough", {"min_severity": 3}, {}, False),
    ("back to normal", {"min_severity": 2}, {"state": State.NORMAL}, True),
    ("back to normal, never severe enough", {"min_severity": 3}, {"state": State.NORMAL}, False),
]


@pytest.mark.parametrize(("_case", "wants", "changes", "told"), WHO, ids=[case[0] for case in WHO])
def test_a_route_hears_of_its_district_and_severity(
    _case: str, wants: dict[str, object], changes: dict[str, object], told: bool
) -> None:
    channel = MemoryChannel()
    town, outbox = city(channel, route(**wants), **changes)
    assert town.notifier.drain() == 1
    assert (len(channel.sent), outbox.rows[42].outcome) == ((1, "sent") if told else (0, "no channel"))


def test_what_a_filing_explains_is_told_to_nobody() -> None:
    channel = MemoryChannel()
    town, outbox = city(channel, state=State.SUPPRESSED)
    assert town.notifier.drain() == 1
    assert (channel.sent, outbox.attempts, outbox.rows[42].outcome) == ([], [], "suppressed")
    assert town.watcher.decisions == [("suppress", "suppressed by a filing")]


def test_retries_come_after_5_10_20_seconds_and_never_later_than_5_minutes() -> None:
    channel = MemoryChannel({"first": [ChannelError("HTTP 500")] * 9})
    town, outbox = city(channel)
    waits = []
    while not town.notifier.drain():
        waits.append(outbox.rows[42].next_try_at - town.wall.now)
        town.pass_time(waits[-1] - 1)
        assert town.notifier.drain() == 0
        town.pass_time(1)
    assert [wait // SECOND for wait in waits] == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert len(outbox.attempts) == 10
    assert not channel.sent[0][1].repeat
    assert outbox.rows[42].outcome == "sent"


def test_with_one_of_two_routes_broken_the_good_one_gets_it_once() -> None:
    channel = MemoryChannel({"second": [ChannelError("HTTP 503")] * 3})
    town, outbox = city(channel, FIRST, SECOND_ROUTE)
    for _ in range(3):
        assert town.notifier.drain() == 0
        town.pass_time(60 * SECOND)
    assert sent_to(channel) == ["first"]
    assert town.notifier.drain() == 1
    assert sent_to(channel) == ["first", "second"]
    assert outbox.rows[42].outcome == "sent"


def test_a_route_that_refuses_for_good_is_not_asked_again() -> None:
    refusal = ChannelError("HTTP 401: bad token", permanent=True)
    channel = MemoryChannel({"first": [refusal], "second": [ChannelError("HTTP 500")]})
    town, outbox = city(channel, FIRST, SECOND_ROUTE)
    assert town.notifier.drain() == 0
    town.pass_time(5 * SECOND)
    assert town.notifier.drain() == 1
    assert sent_to(channel) == ["second"]
    assert [a.route.id for a in outbox.attempts].count(3) == 1
    assert outbox.rows[42].outcome == "sent"
    assert town.watcher.decisions[-1] == ("record", "told in part")


def test_refused_by_every_route_is_a_failure_with_the_reason() -> None:
    channel = MemoryChannel({"first": [ChannelError("HTTP 404", permanent=True)]})
    town, outbox = city(channel)
    assert town.notifier.drain() == 1
    assert outbox.rows[42].outcome == "failed: HTTP 404"


def test_an_unknown_family_is_a_refusal_and_written_down() -> None:
    town, outbox = city(MemoryChannel(), route(family="pigeon"))
    assert town.notifier.drain() == 1
    assert story(outbox) == [(3, Outcome.FAILED, "there is no channel family 'pigeon'")]
    assert outbox.rows[42].outcome == "failed: there is no channel family 'pigeon'"


@pytest.mark.parametrize(("age", "closed"), [(24 * HOUR, 0), (24 * HOUR + 1, 1)])
def test_an_event_of_yesterday_is_given_up(age: int, closed: int) -> None:
    town, outbox = city(MemoryChannel({"first": [ChannelError("HTTP 500")]}))
    town.clock.now += age
    assert town.notifier.drain() == closed
    assert outbox.rows[42].outcome == ("gave up" if closed else "")


class Died(BaseException):
    """The end of the process, as far as the notifier can tell."""


def test_a_notifier_that_dies_between_send_and_answer_leaves_a_repeat_that_is_marked() -> None:
    channel = MemoryChannel({"first": [Died()]})
    town, outbox = city(channel)
    with pytest.raises(Died):
        town.notifier.drain()
    assert story(outbox) == [(3, Outcome.SENDING, "")]
    after_the_restart = town.another()
    assert after_the_restart.drain() == 0
    town.pass_time(60 * SECOND)
    assert after_the_restart.drain() == 1
    (told,) = channel.sent
    assert (told[1].key, told[1].repeat, told[1].title[-4:]) == ("nightwatt-42-3", True, "（重发）")
    assert [a.repeat for a in outbox.attempts] == [False, True]


def test_a_repeat_that_fails_is_still_a_repeat_when_it_is_tried_again() -> None:
    channel = MemoryChannel({"first": [Died(), ChannelError("HTTP 500")]})
    town, _ = city(channel)
    with pytest.raises(Died):
        town.notifier.drain()
    town.pass_time(60 * SECOND)
    assert town.notifier.drain() == 0
    town.pass_time(5 * SECOND)
    assert town.notifier.drain() == 1
    assert [message.repeat for _, message in channel.sent] == [True]


def test_a_restart_does_not_tell_again_who_had_accepted() -> None:
    channel = MemoryChannel({"second": [Died()]})
    town, _ = city(channel, FIRST, SECOND_ROUTE)
    with pytest.raises(Died):
        town.notifier.drain()
    town.notifier.close()
    town.pass_time(60 * SECOND)
    assert town.another().drain() == 1
    assert sent_to(channel) == ["first", "second"]


def test_after_no_answer_the_route_rests_and_its_next_message_is_a_repeat() -> None:
    channel = MemoryChannel({"first": [NoAnswer("no answer in time")]})
    town, outbox = city(channel)
    assert town.notifier.drain() == 0
    outbox.put(due(transition=43))
    town.pass_time(5 * SECOND)
    assert town.notifier.drain() == 0
    assert len(outbox.attempts) == 1
    town.pass_time(25 * SECOND)
    assert town.notifier.drain() == 2
    assert sorted((m.key, m.repeat) for _, m in channel.sent) == [("nightwatt-42-3", True), ("nightwatt-43-3", False)]


class Slow(MemoryChannel):
    """Does not return before it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed, self.done, self.started = threading.Event(), threading.Event(), 0

    def send(self, message: object, address: str) -> str:
        self.started += 1
        assert self.allowed.wait(30)
        return super().send(message, address)  # type: ignore[arg-type]


def test_a_send_past_its_time_is_not_started_twice_and_is_heard_later() -> None:
    slow, quick = Slow(), MemoryChannel()
    outbox = MemoryOutbox([route(id=3, family="slow"), route(id=4, family="quick")])
    outbox.put(due())
    town = City(outbox, {"slow": slow, "quick": quick}, send_within_s=0.05)
    assert town.notifier.drain() == 0
    assert len(quick.sent) == 1
    town.pass_time(60 * SECOND)
    assert town.notifier.drain() == 0
    assert slow.started == 1
    slow.allowed.set()
    town.send_within_s = 30
    town.pass_time(60 * SECOND)
    wait_until_accepted(outbox, 3)
    assert town.notifier.drain() == 1
    assert (slow.started, len(slow.sent), len(quick.sent)) == (1, 1, 1)
    assert outbox.rows[42].outcome == "sent"


def wait_until_accepted(outbox: MemoryOutbox, route_id: int) -> None:
    tick, deadline = threading.Event(), 200
    while route_id not in outbox.accepted(42):
        assert (deadline := deadline - 1), "the answer was never written"
        tick.wait(0.05)


def test_more_alarms_than_a_batch_holds_are_all_told() -> None:
    channel = MemoryChannel()
    outbox = MemoryOutbox([FIRST, SECOND_ROUTE])
    for transition in range(1, 31):
        outbox.put(due(transition=transition))
    assert City(outbox, {"memory": channel}).notifier.drain() == 30
    assert len({message.key for _, message in channel.sent}) == len(channel.sent) == 60


def test_a_transition_that_cannot_be_rendered_is_set_aside_and_the_others_are_told() -> None:
    channel = MemoryChannel()
    town, outbox = city(channel, timezone="Mars/Olympus")
    outbox.put(due(transition=43))
    assert town.notifier.drain() == 1
    assert [message.key for _, message in channel.sent] == ["nightwatt-43-3"]
    assert outbox.rows[42].next_try_at == town.wall.now + 5 * SECOND
    assert town.watcher.stumbles == ["stage"]


def test_a_fault_in_a_channel_is_caught_without_its_words() -> None:
    channel = MemoryChannel({"first": [ValueError("token s3cret")]})
    town, outbox = city(channel)
    assert town.notifier.drain() == 0
    assert story(outbox) == [(3, Outcome.FAILED, "unexpected ValueError in the channel")]
    assert town.watcher.stumbles == ["channel"]


class Away(MemoryOutbox):
    """An outbox whose store is away when the answer is to be written."""

    away = True

    def answer(self, notification: int, *, accepted: bool, answer: str, now: int) -> None:
        if self.away:
            raise StoreAway("the disk is full")
        super().answer(notification, accepted=accepted, answer=answer, now=now)


def test_a_store_that_goes_away_before_the_answer_leads_to_a_marked_repeat() -> None:
    outbox, channel = Away([FIRST]), MemoryChannel()
    outbox.put(due())
    town = City(outbox, {"memory": channel})
    with pytest.raises(StoreAway):
        town.notifier.drain()
    outbox.away = False
    assert town.notifier.drain() == 0
    town.pass_time(60 * SECOND)
    assert town.notifier.drain() == 1
    assert [message.repeat for _, message in channel.sent] == [False, True]
