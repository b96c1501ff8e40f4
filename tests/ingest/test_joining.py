"""Parts become one message, and none is lost or doubled, whatever the order."""

import json
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders.decoded import Decoded, Dialect, Part, Zone
from ingest.decoders.victron import VICTRON
from ingest.joining import Joiner
from ingest.message import Message
from ingest.routing import Routing


def nothing(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    return Decoded([])


class Slashed:
    """`{key}/{name}` or `{key}/{name}/{of}` on a topic; a payload of "!" can't be joined."""

    def part(self, topic: str, payload: bytes) -> Part | None:
        key, name, *of = topic.split("/")
        return None if name == "whole" else Part(key, name, int(of[0]) if of else 0)

    def join(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
        if any(payload == b"!" for _, payload in parts):
            raise ValueError("a bug")
        return parts[0][0], b"+".join(payload for _, payload in parts)


PARTED, PLAIN = Dialect(("#",), nothing, Slashed()), Dialect(("#",), nothing)


def dialect_of(topic: str) -> Dialect | None:
    return {"plain": PLAIN, "nobody": None}.get(topic, PARTED)


def message(topic: str, payload: str = "", *, at: int = 0, ticket: int = 0) -> Message:
    return Message(topic, payload.encode(), received_at=at, arrived=float(at), ticket=ticket)


def messages(text: str) -> list[Message]:
    """From text such as a/1=x a/2=y."""
    return [message(*word.split("=")) for word in text.split()]


def shown(handed_on: Sequence[Message]) -> str:
    return " ".join(f"{one.topic}={one.payload.decode()}" for one in handed_on)


@pytest.fixture
def joiner() -> Joiner:
    return Joiner(dialect_of)


def test_what_is_whole_goes_on_at_once_and_in_order(joiner: Joiner) -> None:
    batch = messages("plain=1 nobody=2 a/whole=3 plain=4")
    taken = joiner.take(batch, now=0)
    assert [id(one) for one in taken] == [id(one) for one in batch]
    assert (joiner.waiting, joiner.due_in(0), joiner.due(now=1e9)) == (0, None, [])


def test_a_packet_goes_on_with_its_last_part(joiner: Joiner) -> None:
    assert joiner.take(messages("a/2/3=y"), now=0) == []
    assert shown(joiner.take(messages("b/1/2=v plain=1 a/1/3=x"), now=20)) == "plain=1"
    assert joiner.waiting == 3
    assert shown(joiner.take(messages("a/3/3=z plain=2 b/2/2=w"), now=29)) == "a/2/3=y+x+z plain=2 b/1/2=v+w"
    assert (joiner.waiting, joiner.due_in(29)) == (0, None)


def test_a_joined_message_knows_its_parts_and_is_dated_by_the_newest(joiner: Joiner) -> None:
    parts = [message("a/1/2", "x", at=7, ticket=1), message("a/2/2", "y", at=5, ticket=2)]
    [joined] = joiner.take(parts, now=0)
    assert (joined.received_at, joined.arrived, joined.ticket, joined.parts) == (7, 5.0, 0, tuple(parts))


def test_a_packet_of_one_part_is_itself(joiner: Joiner) -> None:
    [only] = messages("a/1/1=x")
    assert joiner.take([only], now=0)[0] is only


def test_an_incomplete_packet_goes_on_part_by_part_when_it_has_waited_long_enough(joiner: Joiner) -> None:
    joiner.take(messages("a/1/3=x"), now=0)
    joiner.take(messages("a/3/3=z"), now=25)
    assert (joiner.due(now=29.9), joiner.due_in(29.5)) == ([], 0.5)
    assert shown(joiner.due(now=30)) == "a/1/3=x a/3/3=z"
    assert joiner.waiting == 0


def test_a_part_that_comes_again_to_the_letter_is_the_same_and_is_acknowledged_with_it(joiner: Joiner) -> None:
    joiner.take(messages("a/1/2=x a/1/2=x"), now=0)
    assert joiner.waiting == 2
    [joined] = joiner.take(messages("a/2/2=y"), now=1)
    assert joined.payload == b"x+y"
    assert sorted(shown([part]) for part in joined.parts) == ["a/1/2=x", "a/1/2=x", "a/2/2=y"]


@pytest.mark.parametrize("anew", ["a/1/2=other", "a/1/3=x"])
def test_another_part_of_the_same_name_or_another_number_of_parts_is_another_packet(joiner: Joiner, anew: str) -> None:
    joiner.take(messages("a/1/2=x"), now=0)
    assert shown(joiner.take(messages(anew), now=1)) == "a/1/2=x"
    assert joiner.waiting == 1


def test_a_burst_ends_with_a_name_that_comes_again(joiner: Joiner) -> None:
    assert shown(joiner.take(messages("a/p=1 a/u=2 b/p=3 a/p=4 a/i=5"), now=0)) == "a/p=1+2"
    assert joiner.waiting == 3


def test_the_same_value_again_is_the_next_one(joiner: Joiner) -> None:
    assert shown(joiner.take(messages("a/p=1 a/u=2 a/p=1"), now=0)) == "a/p=1+2"


def test_a_burst_ends_with_quiet(joiner: Joiner) -> None:
    joiner.take(messages("a/p=1 b/p=7"), now=0)
    joiner.take(messages("a/u=2"), now=1.5)
    assert joiner.due_in(1.5) == 0.5
    assert shown(joiner.due(now=2)) == "b/p=7"
    assert joiner.due(now=3.4) == []
    assert (shown(joiner.due(now=3.5)), joiner.due_in(3.5)) == ("a/p=1+2", None)


def test_a_burst_that_never_rests_is_cut(joiner: Joiner) -> None:
    for n in range(30):
        assert joiner.take(messages(f"a/v{n}={n}"), now=float(n)) == []
    assert len(joiner.take(messages("a/next=1"), now=30)[0].parts) == 30


def test_packets_and_bursts_of_one_key_do_not_mix(joiner: Joiner) -> None:
    assert shown(joiner.take(messages("a/1/2=x a/p=1 a/2/2=y"), now=0)) == "a/1/2=x a/p=1"


def test_parts_that_cannot_be_joined_go_on_one_by_one(joiner: Joiner) -> None:
    assert shown(joiner.take(messages("a/1/2=x a/2/2=!"), now=0)) == "a/1/2=x a/2/2=!"


def test_beyond_the_most_messages_the_oldest_go_on_as_they_are() -> None:
    joiner = Joiner(dialect_of, most_messages=3)
    out = joiner.take(messages("a/1/9=x"), now=0) + joiner.take(messages("b/p=1 b/u=2 c/p=3"), now=1)
    assert (shown(out), joiner.waiting) == ("a/1/9=x", 3)
    assert shown(joiner.take(messages("d/p=4"), now=2)) == "b/p=1+2"


def test_beyond_the_most_bytes_the_oldest_go_on_as_they_are() -> None:
    joiner = Joiner(dialect_of, most_bytes=10)
    assert shown(joiner.take(messages("a/p=12345 b/p=12345 c/p=1"), now=0)) == "a/p=12345"
    assert shown(joiner.take(messages("d/p=12345678901234567890"), now=0)).startswith("b/p=12345 c/p=1 d/p=")
    assert joiner.waiting == 0


STEPS = st.lists(
    st.tuples(
        st.lists(
            st.sampled_from(
                [f"{key}/{name}{of}" for key in "ab" for name in ("1", "2", "3", "whole") for of in ("", "/2", "/3")]
                + ["plain", "nobody"]
            ),
            max_size=5,
        ),
        st.sampled_from([0.0, 0.5, 1.9, 2.0, 29.0, 31.0]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, payloads=st.data(), most=st.sampled_from([1, 3, 10_000]))
def test_no_message_is_lost_or_doubled_whatever_comes_when(
    steps: list[tuple[list[str], float, bool]], payloads: st.DataObject, most: int
) -> None:
    joiner = Joiner(dialect_of, most_messages=most)
    now, sent, out = 0.0, 0, []
    for topics, later, ask in steps:
        now += later
        batch = []
        for topic in topics:
            sent += 1
            batch.append(message(topic, payloads.draw(st.sampled_from(["x", "y", "!"])), ticket=sent))
        out += joiner.take(batch, now=now)
        if ask:
            out += joiner.due(now=now)
            left = joiner.due_in(now)
            assert left is None or left > 0
        assert joiner.waiting <= most
        assert sum(len(one.parts) or 1 for one in out) + joiner.waiting == sent
    out += joiner.due(now=now + 1_000)
    assert (joiner.waiting, joiner.due_in(now)) == (0, None)
    tickets = Counter(part.ticket for one in out for part in (one.parts or (one,)))
    assert tickets == Counter(range(1, sent + 1))


def test_a_real_dialect_is_joined_by_its_own_rules() -> None:
    joiner = Joiner(Routing({"victron": VICTRON}).of)
    base = "N/portal/grid/30/Ac"
    names = ["Power", "L1/Voltage", "Unknown", "L1/Power"]
    held = joiner.take([message(f"{base}/{name}", '{"value": 5}') for name in names], now=0)
    assert [one.topic for one in held] == [f"{base}/Unknown", f"{base}/L1/Power"]
    [joined] = joiner.due(now=2)
    assert set(json.loads(joined.payload)["$values"]) == {"Power", "L1/Voltage"}
    assert joiner.take([joined], now=3) == [joined]
