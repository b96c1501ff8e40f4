"""ThingsBoard's gateway API, `v1/gateway/telemetry`: an object of devices, each with a list of rows.

A row is {"ts": ms, "values": {…}}, documented. Without `ts` ThingsBoard itself takes `values` for the name of a
quantity; nobody who writes so means that, so its content is taken, at the time of arrival. A row may also hold its
quantities directly. The names are the gateway's own, and so are the units: kW, kWh, kvar, V, A and Hz are taken
[inferred] unless the name ends in its unit.
"""

from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, list_of, name_of, object_of
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import WATT, names, values_of
from ingest.decoders.payload import check_count, levels, parsed_object

TOPIC = "v1/gateway/telemetry"

NAMES = names(
    p="p powerkw activepowerkw totalactivepowerkw power activepower totalactivepower totalpower ptotal psum",
    pa="pa powera activepowera p1 powerl1",
    pb="pb powerb activepowerb p2 powerl2",
    pc="pc powerc activepowerc p3 powerl3",
    ep="ep epi energykwh activeenergykwh importenergykwh energy activeenergy importenergy energyimport totalenergy",
    q="q reactivepower totalreactivepower",
    pf="pf powerfactor",
    ua="ua voltagea u1 voltagel1 u voltage",
    ub="ub voltageb u2 voltagel2",
    uc="uc voltagec u3 voltagel3",
    ia="ia currenta i1 currentl1 i current",
    ib="ib currentb i2 currentl2",
    ic="ic currentc i3 currentl3",
    f="f frequency",
) | names(WATT, p="powerw activepowerw totalactivepowerw", ep="energywh activeenergywh importenergywh")


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read the rows of all devices; a device that can't be read does not cost the others."""
    if levels(topic) != TOPIC.split("/"):
        raise DecodeError(f"topic is not {TOPIC}")
    devices = parsed_object(payload)
    if not devices:
        raise DecodeError("no device")
    check_count(sum(len(rows) if isinstance(rows, list) else 1 for rows in devices.values()))
    gathering = Gathering()
    for device, rows in devices.items():
        what = f"device {device!r:.60}"
        with gathering.setting_aside(what):
            meter = name_of(device, what="the key")
            for row in list_of(rows, what="what it sends"):
                with gathering.setting_aside(what):
                    _read(object_of(row, what="a row"), meter=meter, zone=zone, into=gathering)
    return gathering.decoded()


THINGSBOARD = Dialect((TOPIC,), decode)


def _read(row: dict[str, Any], *, meter: str, zone: Zone, into: Gathering) -> None:
    values = object_of(row["values"], what="values") if "values" in row else row
    ts = row.get("ts")
    at = None if ts is None else instant_ms(ts, zone_name=zone("", meter))
    into.add(meter, values_of(values, NAMES), ts=at)
