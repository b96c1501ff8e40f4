"""A process that encodes its messages once and sends them whenever told: MQTT 3.1.1 packets, QoS 1, by hand.

Usage: python -m bench.publisher messages readings-each; then a port a line on the standard input. It
prints "ready" once encoded, and "sent" when the broker has acknowledged the last message.
"""

import socket
import sys
import threading
import time

from bench.works import messages, registry

WINDOW = 10_000
"""So many messages may wait for the broker's acknowledgement."""
CHUNK = 250
PATIENCE_S = 120
PUBACK_BYTES = 4


def packet(topic: str, payload: bytes, mid: int) -> bytes:
    """One PUBLISH, QoS 1."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + payload
    return b"\x32" + _length(len(body)) + body


def send(port: int, packets: list[bytes]) -> None:
    """Blast the packets, never more than WINDOW ahead of the broker; returns once it has acknowledged all."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as wire:
        wire.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05bench")
        if wire.recv(4) != b"\x20\x02\x00\x00":
            raise SystemExit("the broker refused the connection")
        answers = _Answers(wire)
        for first in range(0, len(packets), CHUNK):
            answers.wait(first - WINDOW)
            wire.sendall(b"".join(packets[first : first + CHUNK]))
        # Closing with acknowledgements unread would reset the connection and lose what the broker has not read.
        answers.wait(len(packets))
        wire.sendall(b"\xe0\x00")


class _Answers:
    """Counts PUBACKs in a thread of its own."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire, self._bytes, self._more = wire, 0, threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, count: int) -> None:
        with self._more:
            if not self._more.wait_for(lambda: self._bytes >= count * PUBACK_BYTES, timeout=PATIENCE_S):
                raise SystemExit("the broker stopped acknowledging")

    def _read(self) -> None:
        while True:
            try:
                found = len(self._wire.recv(65_536))
            except OSError:
                return
            if not found:
                return
            with self._more:
                self._bytes += found
                self._more.notify()


def _length(size: int) -> bytes:
    """MQTT's variable-length integer."""
    found = bytearray()
    while True:
        size, low = divmod(size, 128)
        found.append(low | (128 if size else 0))
        if not size:
            return bytes(found)


def main(count: int, readings_each: int) -> None:
    made = messages(registry(), count=count, readings_each=readings_each, now=time.time_ns() // 1_000_000)
    packets = [packet(topic, payload, 1 + i % 65_535) for i, (topic, payload) in enumerate(made)]
    print("ready", flush=True)
    for line in sys.stdin:
        send(int(line), packets)
        print("sent", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
