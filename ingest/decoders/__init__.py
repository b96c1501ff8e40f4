"""Dialects of the wire, by their id. One pure function a dialect, one line here."""

from ingest.decoders.decoded import Decoded, Dialect, Parcel, Sample
from ingest.decoders.own import OWN

DECODERS: dict[str, Dialect] = {
    "nightwatt": OWN,
}

__all__ = ["DECODERS", "Decoded", "Dialect", "Parcel", "Sample"]
