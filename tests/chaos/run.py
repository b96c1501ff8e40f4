"""A city under kills: 200 meters at full rate while the service, the broker and the store are killed at random."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from nightwatt.receivers.phone import Phone
from stores.influx.store import InfluxSeries
from tests.chaos.ledger import Ledger, rows, settle
from tests.influx import RunningInflux, running_influx
from tests.mosquitto import Mosquitto, running_mosquitto
from tests.system.plant import plant, registry_folder
from tests.system.service import ROOT, RunningService, environment, free_ports, nightwatt, running_service

METERS = 200
DATABASE = "nightwatt"
WITHIN_S = 120
SHARES = {"service": 0.5, "store": 0.3, "broker": 0.2}

Say = Callable[[str], None]


class City:
    """Everything that runs, each part of which can be killed and comes back."""

    def __init__(self, folder: Path, broker: Mosquitto, influx: RunningInflux, phone: Phone) -> None:
        self.folder, self.broker, self.influx = folder, broker, influx
        self.address = influx.address(DATABASE)
        (http, hj212) = free_ports(2)
        self.env = {
            "NIGHTWATT_HTTP_PORT": str(http),
            "NIGHTWATT_HJ212_PORT": str(hj212),
            "NIGHTWATT_MQTT_URL": f"mqtt://127.0.0.1:{broker.port}",
            "NIGHTWATT_SERIES_URL": f"influx://127.0.0.1:{influx.port}/{DATABASE}?version=1&timeout_s=2",
            "NIGHTWATT_CONFIG": str(_configuration(folder, phone)),
            "NIGHTWATT_DATA": str(folder / "data"),
            "NIGHTWATT_RULES": '{"merge_chatter": false}',  # every crossing counts
        }
        self._running = ExitStack()
        self.service: RunningService
        self.kills: Counter[str] = Counter()

    def prepare(self) -> None:
        env = environment(self.folder / "data") | self.env
        for command in (("import", registry_folder(self.folder, METERS)), ("store", "setup")):
            done = nightwatt(*command, env=env, cwd=self.folder)
            assert done.returncode == 0, done.stderr

    def start(self) -> None:
        self.service = self._running.enter_context(running_service(self.folder, env=self.env))

    def stop(self) -> int:
        return self.service.stop()

    def close(self) -> None:
        self._running.close()

    def kill(self, what: str, *, away_s: float, also: str | None = None) -> None:
        """Kill a part, and bring it back after a while; `also` dies while it is away."""
        self.kills[what] += 1
        part = {"broker": self.broker, "store": self.influx}.get(what)
        if part is None:
            self.service.kill()
            self._running.close()
            self.start()
            return
        part.kill()
        if also:
            time.sleep(away_s / 2)
            self.kill(also, away_s=0)
        else:
            time.sleep(away_s)
        part.start()


def run(folder: Path, *, kills: int, seed: int, rate: float, say: Say = lambda text: None) -> Ledger:
    """Kill so many times, then let everything settle and draw up the books."""
    chance = random.Random(seed)
    with city_under_load(folder, rate) as (city, gateways):
        for number in range(kills):
            time.sleep(chance.uniform(0.3, 3.0))  # the moment of the kill is what is random here
            what = chance.choices(list(SHARES), list(SHARES.values()))[0]
            also = "service" if what == "store" and chance.random() < 0.3 else None
            say(f"kill {number + 1} of {kills}: {what}{' and service' if also else ''}")
            city.kill(what, away_s=chance.uniform(0.5, 5.0), also=also)
        unanswered = finish(gateways)
        wait_until_settled(city)
        assert city.stop() == 0, city.service.output()
        return settle(
            folder, kills=dict(city.kills), unanswered=unanswered, address=city.address, registry=plant(METERS)
        )


@contextmanager
def city_under_load(
    folder: Path, rate: float, *, crossing_every_s: float = 15
) -> Iterator[tuple[City, "subprocess.Popen[str]"]]:
    """The city, and the gateways that publish `rate` readings a second to it."""
    with _city(folder) as city:
        city.prepare()
        city.start()
        with _gateways(city, rate, crossing_every_s) as gateways:
            yield city, gateways


@contextmanager
def _city(folder: Path) -> Iterator[City]:
    with ExitStack() as stack:
        broker = stack.enter_context(running_mosquitto(folder, saves_every_change=False))
        influx = stack.enter_context(running_influx(folder))
        phone = Phone(0, file=folder / "phone.jsonl")
        phone.start()
        stack.callback(phone.stop)
        yield stack.enter_context(closing(City(folder, broker, influx, phone)))


@contextmanager
def _gateways(city: City, rate: float, crossing_every_s: float) -> Iterator["subprocess.Popen[str]"]:
    arguments = [str(city.broker.port), str(METERS), str(rate), str(crossing_every_s), str(city.folder / "sent.txt")]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.gateways", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def finish(gateways: "subprocess.Popen[str]") -> int:
    """Let them send what they kept, and wait for every answer; how many never came."""
    out, _ = gateways.communicate(timeout=WITHIN_S + 60)
    return int(out)


def wait_until_settled(city: City) -> None:
    """Nothing waits in spool or outbox, and no crossing for its alarm: judging again takes a moment."""
    sent = (city.folder / "sent.txt").read_text("utf-8").splitlines()
    crossings, count = sum(line.endswith(" 1") for line in sent), len(sent)
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            waiting = city.service.metric("nightwatt_spool_readings")
            untold = rows(city.folder, "SELECT count(*) FROM transitions WHERE processed_at IS NULL")[0][0]
            alarms = rows(city.folder, "SELECT count(*) FROM alarms")[0][0]
            if not waiting and not untold and alarms >= crossings and _stored(city) >= count:
                return
        time.sleep(0.5)


def _stored(city: City) -> int:
    with closing(InfluxSeries(city.address, lambda: plant(METERS))) as series:
        return series.count()


def _configuration(folder: Path, phone: Phone) -> Path:
    found = folder / "nightwatt.toml"
    found.write_text(f'[[channels]]\nname = "phone"\nurl = "json://127.0.0.1:{phone.port}/"\n', "utf-8")
    return found
