"""kill -9 at any moment: no reading that a meter believes delivered is missing, no alarm is missing or told twice."""

import json
import random
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager

from ingest.mqtt import Broker, Delivery, Publisher
from nightwatt.receivers.phone import Phone
from stores.duckdb import DuckSeries
from tests.system.plant import LIMIT_KW, configuration, registry_folder
from tests.system.service import environment, free_ports, nightwatt, running_service

METERS, KILLS, SEED = 12, 5, 20261122
CROSSING_EVERY = 20
WITHIN_S = 300


class Gateway(threading.Thread):
    """Publishes numbered readings of one meter all the time; every twentieth crosses the limit for one reading."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(daemon=True)
        self._publisher = Publisher(Broker("127.0.0.1", port), client_id=f"gateway-{number}")
        self._topic, self._number = f"nightwatt/v1/E{number}/E{number}-M/telemetry", number
        self.stopping = threading.Event()
        self.sent: dict[int, Delivery] = {}
        self.crossings: set[int] = set()

    def run(self) -> None:
        seq = 0
        while not self.stopping.wait(0.05):
            seq, ts = seq + 1, time.time_ns() // 1_000_000
            crosses = seq % CROSSING_EVERY == 0
            reading = {"ts": ts, "p": LIMIT_KW + 50 if crosses else LIMIT_KW / 2, "seq": seq}
            self.sent[ts] = self._publisher.publish(self._topic, json.dumps(reading).encode())
            if crosses:
                self.crossings.add(ts)

    def finish(self) -> bool:
        """Wait until everything was acknowledged."""
        self.join()
        deadline = time.monotonic() + WITHIN_S
        done = all(delivery.wait(max(0.0, deadline - time.monotonic())) for delivery in self.sent.values())
        self._publisher.close()
        return done


@contextmanager
def phone(file):
    found = Phone(0, file=file)
    found.start()
    yield found
    found.stop()


def test_the_ledger_balances_after_kills_at_random_moments(tmp_path, capsys):
    chance = random.Random(SEED)
    http, mqtt = free_ports(2)
    with phone(tmp_path / "phone.jsonl") as ringing:
        env = {
            "NIGHTWATT_HTTP_PORT": str(http),
            "NIGHTWATT_RULES": '{"merge_chatter": false}',  # every crossing counts
            "NIGHTWATT_MQTT_PORT": str(mqtt),
            "NIGHTWATT_CONFIG": str(configuration(tmp_path, ringing)),
        }
        imported = nightwatt(
            "import", registry_folder(tmp_path, METERS), env=environment(tmp_path / "data"), cwd=tmp_path
        )
        assert imported.returncode == 0, imported.stderr
        gateways = [Gateway(mqtt, number) for number in range(METERS)]
        for gateway in gateways:
            gateway.start()
        for _ in range(KILLS):
            with running_service(tmp_path, env=env) as service:
                time.sleep(chance.uniform(0.2, 3.0))  # the moment of the kill is what is random here
                service.kill()
        with running_service(tmp_path, env=env) as service:
            for gateway in gateways:
                gateway.stopping.set()
            all_answered = all(list(map(Gateway.finish, gateways)))
            wait_until_told(tmp_path)
            assert service.stop() == 0
    sent = {(number, ts) for number, gateway in enumerate(gateways) for ts in gateway.sent}
    crossings = {(f"E{n}-M/p/above", ts) for n, gateway in enumerate(gateways) for ts in gateway.crossings}
    stored = stored_readings(tmp_path)
    alarms = Counter(rows(tmp_path, "SELECT subject, since FROM alarms"))
    told = told_transitions(tmp_path)
    outcomes = rows(tmp_path, "SELECT state, notify_outcome, count(*) FROM transitions GROUP BY 1, 2")
    arrived = (tmp_path / "phone.jsonl").read_text("utf-8").splitlines()
    keys = Counter(json.loads(line)["key"] for line in arrived)
    missing, doubles = len(sent - set(stored)), sum(n > 1 for n in stored.values())
    repeats = sum(keys.values()) - len(keys)
    with capsys.disabled():
        print(
            f"\nledger after {KILLS} kills: sent {len(sent)}, stored {sum(stored.values())}, missing {missing},", end=""
        )
        print(f" doubles {doubles}; crossings {len(crossings)}, alarms {sum(alarms.values())},", end="")
        print(f" transitions told {len(told)}, messages {sum(keys.values())}, repeats {repeats}")
        print(f"what became of the transitions: {outcomes}")
    assert all_answered
    assert sent == set(stored)
    assert set(stored.values()) == {1}
    assert set(alarms) == crossings
    assert set(alarms.values()) == {1}
    # A kill between the provider's answer and its record repeats one message, under the same key.
    assert {int(key.split("-")[1]) for key in keys} == told
    assert all(n <= 1 + KILLS for n in keys.values())
    assert repeats <= KILLS * 8


def wait_until_told(folder) -> None:
    """Until the outbox is empty: claims of killed notifiers have to run out first."""
    deadline = time.monotonic() + WITHIN_S
    while rows(folder, "SELECT id FROM transitions WHERE processed_at IS NULL"):
        assert time.monotonic() < deadline, "the outbox did not empty"
        time.sleep(0.2)


def rows(folder, query: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{folder}/data/nightwatt.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def told_transitions(folder) -> set[int]:
    return {id for (id,) in rows(folder, "SELECT id FROM transitions WHERE notify_outcome = 'sent'")}


def stored_readings(folder) -> Counter:
    with closing(DuckSeries(folder / "data" / "readings.duckdb")) as series:
        found = Counter()
        for batch in series.scan(0, 1 << 42):
            found.update(zip(batch.meter.tolist(), batch.ts.tolist(), strict=True))
        return found
