"""Aliyun's Alink: `/sys/{productKey}/{deviceName}/thing/event/property/post` and its batch, pack and history forms.

Documented: topics, messages, times in Unix ms, and the reply on `…_reply`, which `"sys": {"ack": 0}` forgoes. A
property may have a time of its own: one reading is made for each distinct time. Properties are the product's own;
names usual for meters are read, in kW, kWh, kvar, V, A and Hz [inferred]. `pack` and `history` come from gateways
and name their sub-devices; what a history holds is back-fill.
"""

from collections.abc import Iterator
from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, answer, echoed, list_of, name_of, object_of
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import NO_ELECTRICITY, Names, names, plain, values_of
from ingest.decoders.payload import check_count, levels, parsed_object
from ingest.message import Answer

FORMS = {"post": "", "batch/post": "batch.", "pack/post": "pack.", "history/post": "history."}
"""How a topic ends → what its method says."""

TOPICS = tuple(f"/sys/+/+/thing/event/property/{form}" for form in FORMS)

NAMES: Names = names(
    p="totalactivepower activepower activepowertotal power p psum ptotal",
    pa="activepowera powera pa",
    pb="activepowerb powerb pb",
    pc="activepowerc powerc pc",
    ep="totalactiveenergy positiveactiveenergy forwardactiveenergy activeenergy importenergy epi ep energy",
    q="totalreactivepower reactivepower q",
    pf="totalpowerfactor powerfactor pf",
    ua="voltagea phasevoltagea ua voltage",
    ub="voltageb phasevoltageb ub",
    uc="voltagec phasevoltagec uc",
    ia="currenta phasecurrenta ia current",
    ib="currentb phasecurrentb ib",
    ic="currentc phasecurrentc ic",
    f="frequency gridfrequency f",
)


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read what one device, or a gateway for several, says of itself."""
    name, form = _address(topic)
    message = parsed_object(payload)
    gathering = Gathering()
    src = BACKFILL if form == "history/post" else REALTIME
    with gathering.setting_aside(""):
        rows = _devices(message.get("params"), form=form)
        check_count(len(rows))
        for at, row in enumerate(rows, 1):
            with gathering.setting_aside(f"device {at} of {len(rows)}" if len(rows) > 1 else ""):
                _read(row, gateway=name, src=src, zone=zone, into=gathering)
    return gathering.decoded(*_reply(topic, message, form=form))


ALINK = Dialect(TOPICS, decode)


def _address(topic: str) -> tuple[str, str]:
    parts = levels(topic)
    form = "/".join(parts[7:])
    if parts[:2] != ["", "sys"] or parts[4:7] != ["thing", "event", "property"] or form not in FORMS:
        raise DecodeError("topic is not /sys/{productKey}/{deviceName}/thing/event/property/post")
    return name_of(parts[3], what="deviceName"), form


def _devices(params: object, *, form: str) -> list[Any]:
    """Devices with their properties, by the form of the message; without `identity` it is the sender itself."""
    if form == "history/post":
        return list_of(params, what="params")
    fields = object_of(params, what="params")
    if form == "post":
        return [{"properties": fields}]
    return [{"properties": fields.get("properties", {})}, *list_of(fields.get("subDevices", []), what="subDevices")]


def _read(given: object, *, gateway: str, src: str, zone: Zone, into: Gathering) -> None:
    row = object_of(given, what="a device")
    identity = object_of(row.get("identity", {}), what="identity")
    meter = name_of(identity.get("deviceName", gateway), what="deviceName")
    readings: dict[int | None, dict[str, Any]] = {}
    for name, value, time in _properties(row.get("properties", {})):
        ts = None if time is None else instant_ms(time, zone_name=zone("", meter))
        readings.setdefault(ts, {})[name] = value
    check_count(len(readings))
    for ts, values in readings.items():
        into.add(meter, values_of(values, NAMES), ts=ts, src=src)
    if not readings:
        into.remark(NO_ELECTRICITY)


def _properties(given: object) -> Iterator[tuple[str, Any, Any]]:
    """(name, value, time) of the properties that are read; a batch has several of a name."""
    for properties in given if isinstance(given, list) else [given]:
        for name, told in object_of(properties, what="properties").items():
            if plain(name) in NAMES:
                for one in told if isinstance(told, list) else [told]:
                    timed = isinstance(one, dict) and "value" in one
                    yield (name, one["value"], one.get("time")) if timed else (name, one, None)


def _reply(topic: str, message: dict[str, Any], *, form: str) -> list[Answer]:
    system = message.get("sys")
    if isinstance(system, dict) and system.get("ack") == 0:
        return []
    told = {"code": 200, "data": {}, "id": echoed(message.get("id")), "message": "success", "version": "1.0"}
    return [answer(f"{topic}_reply", **told, method=f"thing.event.property.{FORMS[form]}post")]
