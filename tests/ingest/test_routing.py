"""Which dialect a topic goes to."""

import pytest

from ingest.decoders import Dialect
from ingest.decoders.decoded import Decoded
from ingest.routing import REMEMBERED, Routing


def speaks(*topics: str) -> Dialect:
    return Dialect(topics, lambda topic, payload, *, zone, now: Decoded([]))


DIALECTS = {
    "own": speaks("nightwatt/v1/+/+/telemetry"),
    "bees": speaks("zigbee2mqtt/#"),
    "any": speaks("+/status/em:0", "#"),
    "frames": speaks(),
}


@pytest.mark.parametrize(
    ("topic", "dialect"),
    [
        ("nightwatt/v1/E1/M1/telemetry", "own"),
        ("nightwatt/v1/E1/telemetry", "any"),
        ("zigbee2mqtt/kitchen/meter", "bees"),
        ("zigbee2mqtt", "bees"),
        ("shelly/status/em:0", "any"),
        ("frames", "frames"),
        ("frames/", "any"),
        ("", "any"),
    ],
)
def test_the_most_particular_subscription_wins(topic, dialect):
    assert Routing(DIALECTS).of(topic) is DIALECTS[dialect]


def test_a_topic_that_nobody_subscribed_to_has_no_dialect():
    assert Routing({"own": DIALECTS["own"]}).of("nightwatt/v2/E1/M1/telemetry") is None


def test_a_flood_of_topics_is_forgotten_rather_than_kept():
    routing = Routing(DIALECTS)
    for number in range(REMEMBERED + 10):
        routing.of(f"flood/{number}")
    assert len(routing._known) <= REMEMBERED
    assert routing.of("frames") is DIALECTS["frames"]


def test_long_topics_are_not_kept():
    routing = Routing(DIALECTS)
    assert [routing.of("flood/" + "x" * 65_000) for _ in range(2)] == [DIALECTS["any"]] * 2
    assert routing._known == {}


def test_all_subscriptions_are_listed_once():
    assert Routing(DIALECTS).topics == ["#", "+/status/em:0", "nightwatt/v1/+/+/telemetry", "zigbee2mqtt/#"]
