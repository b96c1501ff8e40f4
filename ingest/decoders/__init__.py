"""Dialects of the wire, by their id. One pure function a dialect, one line here."""

from ingest.decoders.acrel import ACREL
from ingest.decoders.acrel_platform import ACREL_PLATFORM
from ingest.decoders.alink import ALINK
from ingest.decoders.cet import CET
from ingest.decoders.daq_iot import DAQ_IOT
from ingest.decoders.decoded import Decoded, Dialect, Parcel, Sample
from ingest.decoders.own import OWN
from ingest.decoders.shelly import SHELLY_GEN2
from ingest.decoders.shelly_gen1 import SHELLY_GEN1
from ingest.decoders.tasmota import TASMOTA
from ingest.decoders.thingsboard import THINGSBOARD
from ingest.decoders.victron import VICTRON
from ingest.decoders.zigbee2mqtt import ZIGBEE2MQTT

DECODERS: dict[str, Dialect] = {
    "nightwatt": OWN,
    "acrel": ACREL,
    "acrel-platform": ACREL_PLATFORM,
    "alink": ALINK,
    "cet": CET,
    "daq-iot": DAQ_IOT,
    "thingsboard": THINGSBOARD,
    "tasmota": TASMOTA,
    "shelly-gen1": SHELLY_GEN1,
    "shelly-gen2": SHELLY_GEN2,
    "zigbee2mqtt": ZIGBEE2MQTT,
    "victron": VICTRON,
}

__all__ = ["DECODERS", "Decoded", "Dialect", "Parcel", "Sample"]
