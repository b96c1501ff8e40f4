"""The engine's state as bytes, so that a restart neither forgets nor restarts a delay.

Everything is keyed by ids, not positions: a snapshot can be put back into an engine of a newer registry;
what that registry does not know any more is dropped, what is new starts fresh.
"""

import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np

from analytics.engine import Engine
from analytics.rules import Rule
from analytics.states import NEVER
from core.readings import IntArray
from core.registry import Registry

FORMAT = 2
_PAIR = b"NWst"
_METER = ("last_ts", "last_values")
_FACILITY = (
    *("facility_ts", "power_kw", "state", "state_since", "state_before"),
    *("above_since", "below_since", "reversed_since"),
)
_CONDITION = ("pending_since", "clearing_since", "active")
_SUBJECT = ("level", "episode", "raised", "raised_before", "chatters")
_ENTERPRISE = ("powerless",)


def save(engine: Engine) -> bytes:
    """An .npz of the state arrays and their ids."""
    parts: dict[str, np.ndarray] = {
        "format": np.array([FORMAT]),
        "newest": np.array([engine.newest]),
        "clock": np.array([engine.plant.clock]),
        "silenced": np.array(json.dumps([[*key, filing] for key, filing in engine.silenced.items()])),
        "meter": _ids(row.id for row in engine.registry.meters),
        "facility": _ids(row.id for row in engine.registry.facilities),
        "enterprise": _ids(row.id for row in engine.registry.enterprises),
    }
    for name in _METER + _FACILITY + _ENTERPRISE:
        parts[name] = getattr(engine.plant, name)
    for rule in engine.rules:
        parts[f"{rule.id}.subject"] = _ids(subject.name for subject in rule.subjects)
        parts[f"{rule.id}.condition"] = _conditions(rule)
        for name in _CONDITION + _SUBJECT:
            parts[f"{rule.id}.{name}"] = getattr(rule.timers, name)
        for name in rule.kept:
            parts[f"{rule.id}.{name}"] = getattr(rule, name)
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **parts)
    return out.getvalue()


def pack(base: bytes, newest: bytes) -> bytes:
    """Two states in one: `base`, from which all that may still change can be judged again, and the newest."""
    return _PAIR + len(base).to_bytes(8, "little") + base + newest


def unpack(snapshot: bytes) -> tuple[bytes, bytes]:
    """(base, newest); a single state is both."""
    if not snapshot.startswith(_PAIR):
        return snapshot, snapshot
    start = len(_PAIR) + 8
    middle = start + int.from_bytes(snapshot[len(_PAIR) : start], "little")
    return snapshot[start:middle], snapshot[middle:]


def restore(engine: Engine, snapshot: bytes) -> bool:
    """Put a snapshot, of a pair its base, into a fresh engine; False where it is damaged: the engine stays fresh."""
    snapshot, _ = unpack(snapshot)
    try:
        with np.load(io.BytesIO(snapshot), allow_pickle=False) as parts:
            found = {name: parts[name] for name in parts.files}
        if int(found["format"][0]) != FORMAT:
            return False
        silenced = {(rule, subject): filing for rule, subject, filing in json.loads(str(found["silenced"]))}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False
    engine.newest, engine.silenced = int(found["newest"][0]), silenced
    engine.plant.clock = int(found["clock"][0])
    _put(engine.plant, _METER, found, "", _ids(r.id for r in engine.registry.meters), found["meter"])
    _put(engine.plant, _FACILITY, found, "", _ids(r.id for r in engine.registry.facilities), found["facility"])
    _put(engine.plant, _ENTERPRISE, found, "", _ids(r.id for r in engine.registry.enterprises), found["enterprise"])
    for rule in engine.rules:
        if any(f"{rule.id}.{name}" not in found for name in ("subject", *rule.kept)):
            continue
        subjects = _ids(subject.name for subject in rule.subjects)
        _put(rule.timers, _SUBJECT, found, f"{rule.id}.", subjects, found[f"{rule.id}.subject"])
        _put(rule, rule.kept, found, f"{rule.id}.", subjects, found[f"{rule.id}.subject"])
        _put(rule.timers, _CONDITION, found, f"{rule.id}.", _conditions(rule), found[f"{rule.id}.condition"])
    return True


def restored(alike: Engine, snapshot: bytes) -> Engine:
    """An engine like that one in that state; a fresh one where the state is damaged or there is none."""
    engine = alike.alike()
    restore(engine, snapshot)
    return engine


def moved(registry: Registry, engine: Engine) -> Engine:
    """An engine of that registry with the state that both know."""
    found = engine.alike(registry)
    restore(found, save(engine))
    found.plant.energy = engine.plant.energy.moved(registry)
    return found


def horizon(engine: Engine, *, lateness: int) -> int:
    """From when on the series store must be read to catch up: nothing older can change a judgement."""
    return engine.newest if engine.newest == NEVER else engine.newest - lateness


def _put(
    target: object,
    names: tuple[str, ...],
    parts: Mapping[str, np.ndarray],
    prefix: str,
    now: np.ndarray,
    then: np.ndarray,
) -> None:
    """Copy the rows whose id both know."""
    _, here, there = np.intersect1d(now, then, return_indices=True)
    for name in names:
        getattr(target, name)[here] = parts[prefix + name][there]


def _ids(names: object) -> np.ndarray:
    found = list(names)  # type: ignore[call-overload]
    return np.array(found, dtype=np.str_) if found else np.zeros(0, dtype="<U1")


def _conditions(rule: Rule) -> np.ndarray:
    """A condition is known by its subject and severity."""
    severity: IntArray = rule.timers.severity.astype(np.int64)
    return _ids(
        f"{rule.subjects[s].name}#{k}" for s, k in zip(rule.timers.subject.tolist(), severity.tolist(), strict=True)
    )
