"""Acrel's middle platform (AWT gateways, 4G meters): `data/up/{productKey}/{sn}` and what goes with it.

Documented: the topics but `data/dev`, which devices in the field use; the messages `report`, `login`, `time` and
`notice`; that a device sends again what is not answered. The answer {"msgid", "method", "sn", "res": 1, "timestamp"}
is documented for login and notice and taken for the others [inferred]. `update`, the older form of `report`, names
meters by the keys of `reported`; as its captured values, EPI is the import register in kWh, P in kW [inferred].
Times are Unix seconds; `sendtime` is jittered and never the time of a reading.
"""

from typing import Any

from core.errors import DecodeError
from ingest.decoders.acrel import NAMES
from ingest.decoders.acrel_fragments import Fragments, meters_of
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, answer, echoed, list_of, name_of, object_of
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import NO_ELECTRICITY, names, values_of
from ingest.decoders.payload import check_count, levels, parsed_object
from ingest.message import Answer

DOWN = {"data/up": "data/down", "data/dev": "data/server", "sys/dev": "sys/server", "notify/dev": "notify/server"}
"""Where a device sends → where it is answered."""

TOPICS = tuple(f"{up}/+/+" for up in DOWN)

REPORTS = frozenset({"report", "update", "update_silent"})
EVENTS = frozenset({"notice", "event"})
SILENT = frozenset({"login", "time", "time.ms", "topology", "ota_apply", "alert", "alarm", "gwalarm", "get"})
"""Understood, answered, without readings."""

RUN_EVENTS = {"RUN_START": ("startTime", "startEPI"), "RUN_STOP": ("stopTime", "stopEPI")}
"""Events that tell a register, and the names of its time and value. GW_PWROFF and all others tell none."""

REGISTER = names(ep="startepi stopepi")


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read one message, whole or a fragment of one; the device is answered in every case."""
    up, product, device = _address(topic)
    message = parsed_object(payload)
    method = message.get("method")
    if not isinstance(method, str) or method not in REPORTS | EVENTS | SILENT:
        raise DecodeError(f"method is not known: {method!r:.40}")
    gathering = Gathering()
    with gathering.setting_aside(""):
        if method in REPORTS:
            _report(message, device=device, zone=zone, into=gathering)
        elif method in EVENTS:
            _events(message, device=device, zone=zone, into=gathering)
        elif method == "login":
            _login(message)
    return gathering.decoded(_answer(f"{DOWN[up]}/{product}/{device}", method, message, device=device, now=now))


ACREL_PLATFORM = Dialect(TOPICS, decode, Fragments())


def _address(topic: str) -> tuple[str, str, str]:
    parts = levels(topic)
    up = "/".join(parts[:2])
    if len(parts) != 4 or up not in DOWN or not parts[2] or not parts[3]:
        raise DecodeError("topic is not data/up/{productKey}/{sn}")
    return up, parts[2], parts[3]


def _report(message: dict[str, Any], *, device: str, zone: Zone, into: Gathering) -> None:
    reported = object_of(message.get("reported"), what="reported")
    meters = meters_of(reported)
    check_count(len(meters))
    src = BACKFILL if reported.get("source") == "HISTORY" else REALTIME
    # A fragment does not show whether its circuit is the only one; a joined report is no fragment any more.
    only = message.get("fragment", 1) in (1, "1") and len({str(_address_of(row)) for row in meters}) == 1
    if not meters:
        into.remark(NO_ELECTRICITY)
    for given in meters:
        address = _address_of(given)
        with into.setting_aside(f"meter {address!r:.40}"):
            row = object_of(given, what="it")
            if row.get("state") == "OFFLINE":  # what the gateway still sends is the last that it had read
                continue
            meter = _circuit(device, address)
            ts = _instant(row.get("timestamp"), message.get("timestamp"), zone_name=zone("", meter))
            into.add(meter, values_of(row, NAMES), ts=ts, src=src, otherwise=device if only else "")


def _address_of(row: object) -> object:
    return row.get("addr") if isinstance(row, dict) else row


def _events(message: dict[str, Any], *, device: str, zone: Zone, into: Gathering) -> None:
    told = object_of(message.get("payload"), what="payload")
    subject = name_of(told.get("sn", device), what="sn")
    if message["method"] == "notice":
        events = [(code, subject, told[code]) for code in RUN_EVENTS if code in told]
    else:
        rows = [object_of(row, what="an event") for row in list_of(told.get("events"), what="events")]
        events = [(str(row.get("code")), row.get("addr", device), row) for row in rows]
    check_count(len(events))
    for code, address, event in events:
        if code in RUN_EVENTS:
            with into.setting_aside(code):
                _run(event, RUN_EVENTS[code], meter=_circuit(device, address), zone=zone, into=into)


def _run(event: object, told: tuple[str, str], *, meter: str, zone: Zone, into: Gathering) -> None:
    time, register = told
    fields = object_of(event, what="the event")
    ts = _instant(fields.get(time), None, zone_name=zone("", meter))
    into.add(meter, values_of({register: fields.get(register)}, REGISTER), ts=ts)


def _circuit(device: str, address: object) -> str:
    """A meter that reports for itself has its own number as address."""
    named = name_of(address, what="addr")
    return device if named == device else f"{device}/{named}"


def _login(message: dict[str, Any]) -> None:
    told = message.get("payload")
    if isinstance(told, dict) and any(str(told.get(name, "0")) != "0" for name in ("compress", "encrypt")):
        raise DecodeError("the device is set to compress or encrypt what it sends; that can't be read")


def _instant(own: object, common: object, *, zone_name: str | None) -> int | None:
    """A meter's own time counts before that of its message."""
    given = common if own is None else own
    return None if given is None else instant_ms(given, zone_name=zone_name)


def _answer(topic: str, method: str, message: dict[str, Any], *, device: str, now: int) -> Answer:
    fields: dict[str, object] = {"msgid": echoed(message.get("msgid")), "method": method, "sn": device, "res": 1}
    if method in ("time", "time.ms"):
        at = now if method == "time.ms" else now // 1000
        sent = message.get("devicesend", message.get("timestamp"))
        fields |= {"devicesend": echoed(sent), "serverreceive": at, "serversend": at}
        fields |= {name: echoed(message[name]) for name in ("adapterLogId", "timezone") if name in message}
    return answer(topic, **fields, timestamp=now // 1000)
