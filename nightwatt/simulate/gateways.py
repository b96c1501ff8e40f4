"""Gateways: one connection per enterprise, over which all its meters speak."""

from typing import Protocol

from nightwatt.simulate.city import City
from nightwatt.simulate.messages import status_topic, telemetry_topic


class Delivery(Protocol):
    """A message on its way."""

    @property
    def done(self) -> bool:
        """Whether the broker has acknowledged it."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds at most; True once the broker has acknowledged it."""
        ...


class Publisher(Protocol):
    """A connection to a broker at QoS 1, which sends again by itself after it was lost."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Delivery: ...

    def close(self) -> None: ...


class PublisherFactory(Protocol):
    def __call__(self, client_id: str, will_topic: str | None) -> Publisher:
        """Open a connection; the broker says `offline` (retained) on `will_topic` when it is lost."""
        ...


class Gateways:
    """Connections, opened when they are first needed. Meters by number."""

    def __init__(self, city: City, factory: PublisherFactory) -> None:
        self._city, self._factory = city, factory
        self._open: dict[str, Publisher] = {}
        numbers = city.registry.enterprise_of_meter
        self._names: list[tuple[str, str]] = [
            (city.registry.enterprises[number].id, meter.id)
            for number, meter in zip(numbers, city.registry.meters, strict=True)
        ]

    def enterprise(self, meter: int) -> str:
        """Id of the enterprise whose gateway the meter uses."""
        return self._names[meter][0]

    def publish(self, meter: int, payload: bytes) -> Delivery:
        """Send readings of a meter."""
        return self._publisher(meter).publish(telemetry_topic(*self._names[meter]), payload)

    def say(self, meter: int, status: str) -> Delivery:
        """Tell that a meter is `online` or `offline`."""
        return self._publisher(meter).publish(status_topic(*self._names[meter]), status.encode(), retain=True)

    def close(self) -> None:
        """Say goodbye as the last will would, and close all connections."""
        for enterprise, publisher in self._open.items():
            publisher.publish(self._will(enterprise), b"offline", retain=True)
            publisher.close()
        self._open.clear()

    def _publisher(self, meter: int) -> Publisher:
        enterprise = self.enterprise(meter)
        if enterprise not in self._open:
            publisher = self._factory(f"nightwatt-city-{enterprise}", self._will(enterprise))
            self._open[enterprise] = publisher
            for owner, name in self._names:
                if owner == enterprise:
                    publisher.publish(status_topic(owner, name), b"online", retain=True)
        return self._open[enterprise]

    def _will(self, enterprise: str) -> str:
        # A connection has one will: the feeder's status stands for the gateway.
        return status_topic(enterprise, f"{enterprise}-F-M")
