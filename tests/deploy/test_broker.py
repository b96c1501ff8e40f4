"""The deployed broker's rules, asked of a real mosquitto: what comes in, what does not, what outlives a restart."""

import signal
import ssl
from collections.abc import Iterator

import pytest

from ingest.decoders import DECODERS
from tests.deploy.broker import Client, DeployedBroker, deployed_broker

NAMES = ("nightwatt", "M-1", "M-2", "shellyproem50")
OWN = "nightwatt/v1/E-1/M-1/telemetry"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeployedBroker, dict[str, str]]]:
    with deployed_broker(tmp_path_factory.mktemp("broker"), accounts=NAMES) as made:
        yield made


@pytest.fixture
def broker(place: tuple[DeployedBroker, dict[str, str]]) -> DeployedBroker:
    return place[0]


@pytest.fixture
def passwords(place: tuple[DeployedBroker, dict[str, str]]) -> dict[str, str]:
    return place[1]


@pytest.fixture
def nightwatt(broker: DeployedBroker, passwords: dict[str, str]) -> Iterator[Client]:
    with Client(broker, "nightwatt", passwords["nightwatt"]) as client:
        client.subscribe("#")
        yield client


@pytest.fixture
def meter(broker: DeployedBroker, passwords: dict[str, str]) -> Iterator[Client]:
    with Client(broker, "M-1", passwords["M-1"]) as client:
        yield client


MAY = [
    OWN,
    "nightwatt/v1/E-1/M-1/status",
    "/gw/acrelHW/adw300/data/M-1",
    "data/up/product/M-1",
    "/sys/product/M-1/thing/event/property/post",
    "CET/M-1/upload",
    "daq-iot/M-1/snapshot",
    "tele/M-1/SENSOR",
    "shellies/M-1/emeter/0/power",
    "M-1/status/em:0",
    "N/M-1/grid/30/Ac/Power",
]
MAY_NOT = [
    "nightwatt/v1/E-1/M-2/telemetry",
    "nightwatt/v1/E-1/M-2/status",
    "nightwatt/v1/M-1/M-2/telemetry",
    "nightwatt/v1/E-1/M-1/telemetry/x",
    "nightwatt/v1/E-1/M-1",
    "nightwatt/check/M-1",
    "/gw/acrelHW/adw300/data/M-2",
    "/server/acrelHW/adw300/data/M-1",
    "data/up/product/M-2",
    "data/down/product/M-1",
    "/sys/product/M-2/thing/event/property/post",
    "CET/M-2/upload",
    "tele/M-2/SENSOR",
    "shellies/M-2/emeter/0/power",
    "M-2/status/em:0",
    "N/M-2/grid/30/Ac/Power",
    "v1/gateway/telemetry",
    "zigbee2mqtt/M-1",
    "anything",
]


@pytest.mark.parametrize("topic", MAY)
def test_a_meter_is_heard_under_its_own_name(nightwatt: Client, meter: Client, topic: str) -> None:
    meter.publish(topic, f"from {topic}")
    assert (topic, f"from {topic}".encode()) in nightwatt.heard_until(f"from {topic}".encode())


def test_a_meter_is_heard_under_no_other_name_though_the_broker_acknowledges(nightwatt: Client, meter: Client) -> None:
    for topic in MAY_NOT:
        meter.publish(topic, "false")
    # The broker keeps the order of one connection: had one of them come through, it would be there before this.
    meter.publish(OWN, "the last")
    assert [topic for topic, payload in nightwatt.heard_until(b"the last") if payload == b"false"] == []


def test_every_dialect_has_a_rule_or_an_example_of_one(broker: DeployedBroker) -> None:
    rules = [line.lstrip("# ").split(" ", 2) for line in (broker.folder / "acl").read_text("utf-8").splitlines()]
    written = [rule[2].replace("%u", "+") for rule in rules if rule[0] in ("pattern", "topic") and rule[1] == "write"]
    topics = [topic for dialect in DECODERS.values() for topic in dialect.topics]
    assert [topic for topic in topics if not any(covers(rule, topic) for rule in written)] == []


def covers(rule: str, topic: str) -> bool:
    """Whether a rule allows all that a subscription to the topic asks for, or a part of it that names its device."""
    allowed, asked = rule.split("/"), topic.split("/")
    for level, wanted in zip(allowed, asked, strict=False):
        if level == "#":
            return True
        if wanted == "#":
            return False
        if "+" not in (level, wanted) and level != wanted:
            return False
    return len(allowed) == len(asked)


@pytest.mark.parametrize(
    ("name", "password"), [(None, ""), ("M-1", "guessed"), ("M-1", ""), ("nobody", "guessed"), ("", "")]
)
def test_nobody_comes_in_without_a_name_and_its_password(
    broker: DeployedBroker, name: str | None, password: str
) -> None:
    with Client(broker, name, password) as stranger:
        assert "ot authori" in stranger.refused


def test_nobody_comes_in_without_tls(broker: DeployedBroker, passwords: dict[str, str]) -> None:
    with Client(broker, "M-1", passwords["M-1"], tls=False) as client:
        assert client.refused == "cut off"


def test_another_authority_is_not_believed(broker: DeployedBroker, tmp_path_factory: pytest.TempPathFactory) -> None:
    with deployed_broker(tmp_path_factory.mktemp("impostor"), accounts=("M-1",)) as (impostor, passwords):
        impostor.ca = broker.ca
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(impostor, "M-1", passwords["M-1"])


def test_a_meter_hears_the_answers_to_itself_and_nothing_else(
    broker: DeployedBroker, passwords: dict[str, str], nightwatt: Client, meter: Client
) -> None:
    for topic in ("#", "nightwatt/v1/+/+/telemetry", "/server/acrelHW/#", "$SYS/#"):
        meter.subscribe(topic)
    with Client(broker, "M-2", passwords["M-2"]) as other:
        other.publish("nightwatt/v1/E-1/M-2/telemetry", "of the other")
    nightwatt.heard_until(b"of the other")
    nightwatt.publish("/server/acrelHW/adw300/data/M-2", "to the other")
    nightwatt.publish("/server/acrelHW/adw300/data/M-1", "to this one")
    assert {payload for _, payload in meter.heard_until(b"to this one")} == {b"to this one"}


@pytest.mark.parametrize("name", ["+", "#", "M-1/x"])
def test_a_name_that_is_a_pattern_opens_nothing(
    broker: DeployedBroker, nightwatt: Client, meter: Client, name: str
) -> None:
    with pytest.raises(Exception, match="returned non-zero exit status 2"):
        broker.account(name)


def test_a_new_account_holds_from_the_next_reading_of_the_file_on(broker: DeployedBroker, nightwatt: Client) -> None:
    password = broker.account("电表-3")
    assert broker._process is not None
    broker._process.send_signal(signal.SIGHUP)
    for _ in range(50):
        with Client(broker, "电表-3", password) as meter:
            if not meter.refused:
                meter.publish("nightwatt/v1/E-1/电表-3/telemetry", "from the new one")
                break
    nightwatt.heard_until(b"from the new one")


def test_a_message_over_a_megabyte_is_dropped_and_the_next_one_comes(nightwatt: Client, meter: Client) -> None:
    meter.publish(OWN, b"x" * 1_048_576)
    meter.publish(OWN, b"y" * 1_048_577)
    meter.publish(OWN, "after it")
    sizes = {payload[:1]: len(payload) for _, payload in nightwatt.heard_until(b"after it")}
    assert (sizes.get(b"x"), sizes.get(b"y")) == (1_048_576, None)


def test_what_comes_while_nightwatt_is_away_waits_for_it_over_restarts_of_the_broker(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """More than the 100 messages that mosquitto keeps by default, and across the name's access rules."""
    with deployed_broker(tmp_path_factory.mktemp("away"), accounts=("nightwatt", "M-1")) as (broker, passwords):
        with Client(broker, "nightwatt", passwords["nightwatt"], id="nightwatt-7f3a") as service:
            service.subscribe("nightwatt/v1/+/+/telemetry")
        wanted = [str(n).encode() for n in range(1500)]
        for part in (wanted[:500], wanted[500:1000], wanted[1000:]):
            with Client(broker, "M-1", passwords["M-1"]) as meter:
                for payload in part:
                    meter.publish(OWN, payload)
            broker.stop()
            broker.start()
        with Client(broker, "nightwatt", passwords["nightwatt"], id="nightwatt-7f3a") as service:
            assert [payload for _, payload in service.heard_until(wanted[-1])] == wanted
