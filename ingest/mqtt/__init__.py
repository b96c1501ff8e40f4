"""MQTT by paho: QoS 1, sessions that persist, acknowledgement by hand. The only room that knows paho."""

from ingest.mqtt.client import Broker
from ingest.mqtt.publisher import Delivery, Publisher
from ingest.mqtt.subscriber import Subscriber

__all__ = ["Broker", "Delivery", "Publisher", "Subscriber"]
