"""Acrel's overseas protocol (ADW and ADL meters, AWT gateways): `/gw/acrelHW/{product}/{cmd}/{SN}`.

Up to the documents: topics, types, login, time and para messages, times YYYYMMDDhhmmss local without zone, and that
the device sends again what is not answered by {"type": …, "res": 1}. The document of the data message was not to be
had; its two shapes are those of captures: names beside `meterSN` (a gateway, one meter a message), and numbered
points (a meter by itself, whose list of numbers gives the units kW, kvar, kWh, V, A, Hz). That the named shape is in
kW and kWh as well is inferred. Values are secondary where the meter has transformers and does not multiply itself:
`ct` and `pt` of the message are not applied, the registry's are.
"""

from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, answer, list_of, name_of, object_of
from ingest.decoders.instant import compact_local, compact_local_ms, instant_ms
from ingest.decoders.named_values import names, values_of
from ingest.decoders.payload import check_count, levels, parsed_object
from ingest.message import Answer

TOPIC = "/gw/acrelHW/+/+/+"

NAMES = names(
    p="p psum ptotal",
    pa="pa",
    pb="pb",
    pc="pc",
    ep="epi wh ep",  # epi is the import register; ep, import and export together, only where there is no other
    q="q qsum",
    pf="pf",
    ua="ua",
    ub="ub",
    uc="uc",
    ia="ia",
    ib="ib",
    ic="ic",
    f="f fr hz freq",
)

POINTS = {
    0: "meterSN",
    1: "ua",
    2: "ub",
    3: "uc",
    7: "ia",
    8: "ib",
    9: "ic",
    10: "pa",
    11: "pb",
    12: "pc",
    13: "p",
    17: "q",
    25: "pf",
    26: "f",
    28: "epi",
}
"""Numbers of the points that are read; 29 is the export register, 42, 46 and 50 are import by phase."""

COMMON = ("time", "meterSN", "meterStatus", "ch")
"""What a message may say of all its readings."""

SILENT = frozenset({"login", "time", "para", "heart", "event", "alarm"})
"""Understood, answered, without readings."""

DATA = {"data": REALTIME, "hstdata": BACKFILL}


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read one message; what it asks for is among the answers."""
    product, command, device = _address(topic)
    message = parsed_object(payload)
    kind = message.get("type", command)
    if not isinstance(kind, str) or (kind not in DATA and kind not in SILENT):
        raise DecodeError(f"type is not known: {kind!r:.40}")
    gathering = Gathering()
    if kind in DATA:
        rows, common = _rows(message), {name: message[name] for name in COMMON if name in message}
        for at, row in enumerate(rows, 1):
            with gathering.setting_aside(f"reading {at} of {len(rows)}" if len(rows) > 1 else ""):
                _read(common | _by_name(row), device=device, src=DATA[kind], zone=zone, into=gathering)
    back = f"/server/acrelHW/{product}"
    return gathering.decoded(*_answers(kind, back=back, device=device, zone=zone, now=now))


ACREL = Dialect((TOPIC,), decode)


def _address(topic: str) -> tuple[str, str, str]:
    parts = levels(topic)
    if len(parts) != 6 or parts[:3] != ["", "gw", "acrelHW"] or not all(parts[3:]):
        raise DecodeError("topic is not /gw/acrelHW/{product}/{cmd}/{SN}")
    return parts[3], parts[4], parts[5]


def _rows(message: dict[str, Any]) -> list[Any]:
    """The readings; one that is not in `data` is the message itself."""
    given = message.get("data", message)
    rows = given if isinstance(given, list) else [given]
    check_count(len(rows))
    return rows


def _by_name(row: object) -> dict[str, Any]:
    """A row by the names of its values, whether it has names or numbered points."""
    fields = object_of(row, what="data")
    if "point" not in fields:
        return fields
    points = [object_of(point, what="a point") for point in list_of(fields["point"], what="point")]
    named = {POINTS[p["id"]]: p.get("val") for p in points if isinstance(p.get("id"), int) and p["id"] in POINTS}
    return {"tp": fields.get("tp")} | named


def _read(row: dict[str, Any], *, device: str, src: str, zone: Zone, into: Gathering) -> None:
    if row.get("meterStatus") == "missing":  # the gateway does not reach the meter; what it sends is no measurement
        return
    serial = name_of(row.get("meterSN") or device, what="meterSN")
    circuit = row.get("ch") or 0  # 0: the meter has but one
    meter = f"{serial}/{name_of(circuit, what='ch')}" if circuit else serial
    ts = _instant(row, zone_name=zone.local(meter))
    into.add(meter, values_of(row, NAMES), ts=ts, src=src, otherwise=serial if circuit in (1, "1") else "")


def _instant(row: dict[str, Any], *, zone_name: str) -> int | None:
    if row.get("tp") is not None:
        return instant_ms(row["tp"], zone_name=zone_name)
    return None if row.get("time") is None else compact_local_ms(row["time"], zone_name=zone_name)


def _answers(kind: str, *, back: str, device: str, zone: Zone, now: int) -> list[Answer]:
    """The time goes out after a login too: a device whose clock is wrong need not ask first."""
    answers = [] if kind == "time" else [answer(f"{back}/{kind}/{device}", type=kind, res=1)]
    if kind in ("login", "time"):
        local = compact_local(now, zone_name=zone.local(device))
        answers.append(answer(f"{back}/time/{device}", type="time", res=1, time=local))
    return answers
