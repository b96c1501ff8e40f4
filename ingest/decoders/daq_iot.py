"""DAQ-IOT gateways of Chinese three-phase meters: a JSON object with `"cmd": "SnapshotData"`.

Documented: the object, its times in Unix seconds (`recTime` is the meter's, `ts` that of sending) and the units kW,
kvar and kWh. Not documented: the topic, which is set at the gateway; by default its second level names the gateway.
`group` is the meter's number on the gateway [inferred].
"""

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.gathering import Gathering, name_of, object_of
from ingest.decoders.instant import instant_ms
from ingest.decoders.named_values import names, values_of
from ingest.decoders.payload import levels, parsed_object

TOPIC = "daq-iot/+/snapshot"

NAMES = names(
    p="p",
    pa="pa",
    pb="pb",
    pc="pc",
    ep="eptp",  # energy, active, total, positive; TPtn is its export, Eqtp and Tqtn are reactive, KVAH apparent
    q="q",
    pf="cosavg",
    ua="ua",
    ub="ub",
    uc="uc",
    ia="ia",
    ib="ib",
    ic="ic",
    f="f freq",
)


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read one snapshot of one meter."""
    device = _device(topic)
    message = parsed_object(payload)
    if message.get("cmd") != "SnapshotData":
        raise DecodeError(f"cmd is not SnapshotData: {message.get('cmd')!r:.40}")
    data = object_of(message.get("data"), what="data")
    given = message.get("ts") if data.get("recTime") is None else data["recTime"]
    group = message.get("group")
    meter = device if group is None else f"{device}/{name_of(group, what='group')}"
    gathering = Gathering()
    ts = None if given is None else instant_ms(given, zone_name=zone("", meter))
    gathering.add(meter, values_of(data, NAMES), ts=ts, otherwise=device if meter == f"{device}/1" else "")
    return gathering.decoded()


DAQ_IOT = Dialect((TOPIC,), decode)


def _device(topic: str) -> str:
    parts = levels(topic)
    if len(parts) < 2 or not parts[1]:
        raise DecodeError("topic has no second level that names the gateway")
    return parts[1]
