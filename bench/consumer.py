"""A consumer in a process of its own: the whole road, or bare paho that only counts.

Usage: python -m bench.consumer full|full-influx|bare port messages folder [address of the InfluxDB]. It prints
"ready" once subscribed, then one line of JSON when the last message has been acknowledged.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 60
TOPIC = "nightwatt/v1/+/+/telemetry"


def cpu_s() -> float:
    used = os.times()
    return used.user + used.system


def thread_cpu_s(thread: threading.Thread) -> float:
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))


class Count:
    """Of messages; `all` is set at the last."""

    def __init__(self, wanted: int) -> None:
        self.seen, self.wanted, self.all = 0, wanted, threading.Event()

    def add(self, more: int) -> None:
        self.seen += more
        if self.seen >= self.wanted:
            self.all.set()


def measure(client: paho.Client, count: Count, first_at: Callable[[], float]) -> dict[str, Any]:
    """Announce readiness and wait until the last acknowledgement has left."""
    before, before_io = cpu_s(), thread_cpu_s(client._thread)  # type: ignore[arg-type]
    print("ready", flush=True)
    if not count.all.wait(PATIENCE_S):
        _fail(f"{count.seen} of {count.wanted} messages after {PATIENCE_S} s")
    while client.want_write():
        time.sleep(0.001)
    seconds, used = time.monotonic() - first_at(), cpu_s() - before
    network = thread_cpu_s(client._thread) - before_io  # type: ignore[arg-type]
    return {"messages_per_s": count.wanted / seconds, "cpu_us": 1e6 * used / count.wanted, "network_s": network}


def _fail(why: str) -> NoReturn:
    print(f"bench: {why}", file=sys.stderr, flush=True)
    os._exit(1)  # at once: threads of the road are still at work


def bare(port: int, wanted: int) -> dict[str, Any]:
    count, subscribed, first = Count(wanted), threading.Event(), [0.0]

    def on_message(_client: paho.Client, _userdata: Any, _message: paho.MQTTMessage) -> None:
        if not count.seen:
            first[0] = time.monotonic()
        count.seen += 1
        if count.seen == wanted:
            count.all.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench-bare", clean_session=False)
    client.on_message = on_message
    client.on_connect = lambda c, *_: c.subscribe(TOPIC, 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    if not subscribed.wait(PATIENCE_S):
        _fail("not subscribed")
    return measure(client, count, lambda: first[0])


def full(port: int, wanted: int, folder: Path, *, influx: str = "") -> dict[str, Any]:
    from bench.road import open_road

    count = Count(wanted)
    road = open_road(port, folder, done=count.add, influx=influx)
    road.intake.start()
    road.subscriber.start()
    if not road.subscriber.subscribed.wait(PATIENCE_S):
        _fail("not subscribed")
    client = road.subscriber._client
    found = measure(client, count, lambda: road.intake.first_at)
    found |= {"stages": road.stages.shares() | {"network": found["network_s"]}, "batches": road.stages.batches}
    road.intake.open_gates()
    road.subscriber.stop()
    road.intake.stop()
    found |= {"doubtful": road.marks.doubtful}
    return found | {"stored": road.series.count(), "alarms": road.alarms(), "dead": road.dead()}


if __name__ == "__main__":
    kind, port, wanted, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    influx = sys.argv[5] if kind == "full-influx" else ""
    print(json.dumps(bare(port, wanted) if kind == "bare" else full(port, wanted, folder, influx=influx)), flush=True)
    os._exit(0)  # nothing is kept: the folder goes with the run
