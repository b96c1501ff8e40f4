"""A subscriber with its intake over a road: what a service is to the broker."""

from collections.abc import Callable, Sequence

from ingest.intake import Intake, Road
from ingest.mqtt import Broker, Subscriber


class Listening:
    def __init__(
        self, broker: Broker, road: Road, *, topics: Sequence[str], client_id: str, clock: Callable[[], int] = lambda: 0
    ) -> None:
        self.intake = Intake(road)
        self.subscriber = Subscriber(broker, client_id=client_id, topics=topics, intake=self.intake, clock=clock)
        self.subscribed = self.subscriber.subscribed

    @property
    def trouble(self) -> str:
        return self.subscriber.trouble or self.intake.trouble

    def start(self) -> None:
        self.intake.start()
        self.subscriber.start()

    def stop(self) -> None:
        """In the order of the service."""
        self.intake.open_gates()
        self.subscriber.stop()
        self.intake.stop()
