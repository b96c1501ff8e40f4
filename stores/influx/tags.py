"""Meter numbers ↔ the tags that their readings are stored under, by the registry in force."""

import logging
import threading
from collections.abc import Callable, Sequence

import numpy as np

from core.readings import IntArray
from core.registry import Registry
from stores.influx import protocol
from stores.influx.influxql import METER
from stores.influx.lines import SeriesKeys

log = logging.getLogger(__name__)


class MeterTags:
    """One registry's meters. A meter whose ids can't be tags has an empty key and the tag ""."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.tags: list[str] = []
        self.number: dict[str, int] = {}
        keys: list[bytes] = []
        for meter in registry.meters:
            tag, key = _of(registry, meter.id, meter.facility)
            if tag in self.number:
                log.error("readings of meter %r can't be stored: another one has its tag %r", meter.id, tag)
                tag, key = "", b""
            if tag:
                self.number[tag] = len(self.tags)
            self.tags.append(tag)
            keys.append(key)
        self.keys = SeriesKeys(keys)

    def __len__(self) -> int:
        return len(self.tags)

    def chosen(self, meters: IntArray) -> Sequence[str]:
        """Tags of those numbers that have one."""
        return [self.tags[m] for m in np.unique(meters).tolist() if 0 <= m < len(self.tags) and self.tags[m]]


class CurrentTags:
    """The tags of whatever registry is in force; made anew when that is another object."""

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._tags = MeterTags(Registry())

    def __call__(self) -> MeterTags:
        registry = self._registry()
        with self._lock:
            if registry is not self._tags.registry:
                self._tags = MeterTags(registry)
            return self._tags


def _of(registry: Registry, meter: str, facility: str) -> tuple[str, bytes]:
    owner = registry.facility(facility)
    tags = {"enterprise": owner.enterprise, "facility": owner.id, "kind": owner.kind.value, METER: meter}
    try:
        return protocol.tag_value(meter), protocol.series(METER, tags)
    except ValueError as error:
        log.error("readings of meter %r can't be stored: %s", meter, error)
        return "", b""
