"""Gateways as the field has them, a process of their own: `… tests.chaos.gateways PORT METERS RATE EVERY_S FILE`.

Each publishes numbered readings of its meters, keeps what it sent for a while, and after a lost connection sends
that again: a broker answers before it has written to its disk, so what it knew last may be gone with it. Ends when
its standard input does: then it waits for all answers, and writes the ledger: one line a reading that was sent.
"""

import json
import sys
import threading
import time
from collections import deque
from pathlib import Path

from ingest.mqtt import Broker, Delivery, Publisher
from tests.system.plant import LIMIT_KW

GATEWAYS = 4
KEPT_S = 12
WINDOW = 400
ANSWERED_WITHIN_S = 120


class Gateway(threading.Thread):
    """Publishes for some meters in turn; every meter crosses its limit for one reading every so many seconds."""

    def __init__(self, broker: Broker, number: int, *, meters: range, rate: float, crossing_every_s: float) -> None:
        super().__init__(daemon=True)
        self._publisher = Publisher(broker, client_id=f"gateway-{number}")
        self._meters, self._pause, self._crossing_every_s = meters, 1 / rate, crossing_every_s
        self._kept: deque[tuple[float, str, bytes]] = deque()
        self._open: deque[Delivery] = deque()
        self.stopping = threading.Event()
        self.sent: list[tuple[int, int, bool]] = []

    def run(self) -> None:
        connections, due, seq = self._publisher.connections, time.monotonic(), 0
        crossing_every = max(1, round(self._crossing_every_s / self._pause / len(self._meters)))
        while not self.stopping.is_set():
            for meter in self._meters:
                seq += 1
                turn = seq // len(self._meters)
                self._send(meter, seq, crosses=turn % crossing_every == meter % crossing_every)
                due += self._pause
                time.sleep(max(0.0, due - time.monotonic()))
            if connections != self._publisher.connections:
                connections = self._publisher.connections
                self._send_again()
            due = max(due, time.monotonic() - 1)

    def finish(self) -> int:
        """Readings that the broker has not acknowledged in time."""
        self.join()
        self._send_again()
        until = time.monotonic() + ANSWERED_WITHIN_S
        missing = sum(not delivery.wait(max(0.0, until - time.monotonic())) for delivery in self._open)
        self._publisher.close()
        return missing

    def _send(self, meter: int, seq: int, *, crosses: bool) -> None:
        ts = time.time_ns() // 1_000_000
        reading = {"ts": ts, "p": LIMIT_KW + 50 if crosses else LIMIT_KW / 2 + seq % 97 / 100, "seq": seq}
        topic, payload = f"nightwatt/v1/E{meter}/E{meter}-M/telemetry", json.dumps(reading).encode()
        self._publish(topic, payload)
        self._kept.append((time.monotonic(), topic, payload))
        while self._kept[0][0] < time.monotonic() - KEPT_S:
            self._kept.popleft()
        self.sent.append((meter, ts, crosses))

    def _send_again(self) -> None:
        for _, topic, payload in list(self._kept):
            self._publish(topic, payload)

    def _publish(self, topic: str, payload: bytes) -> None:
        self._open.append(self._publisher.publish(topic, payload))
        while len(self._open) > WINDOW and not self.stopping.is_set():
            if self._open[0].wait(0.1):
                self._open.popleft()
        while self._open and self._open[0].done:
            self._open.popleft()


def main(port: int, meters: int, rate: float, crossing_every_s: float, file: Path) -> int:
    broker, each = Broker("127.0.0.1", port), meters // GATEWAYS
    gateways = [
        Gateway(
            broker,
            n,
            meters=range(n * each, (n + 1) * each),
            rate=rate / GATEWAYS,
            crossing_every_s=crossing_every_s,
        )
        for n in range(GATEWAYS)
    ]
    for gateway in gateways:
        gateway.start()
    sys.stdin.read()
    for gateway in gateways:
        gateway.stopping.set()
    unanswered = sum(gateway.finish() for gateway in gateways)
    with file.open("w", encoding="utf-8") as ledger:
        for gateway in gateways:
            ledger.writelines(f"{meter} {ts} {int(crosses)}\n" for meter, ts, crosses in gateway.sent)
    print(unanswered, flush=True)
    return 1 if unanswered else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5])))
