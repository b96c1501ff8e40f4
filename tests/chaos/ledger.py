"""What was sent, what was stored, what rang: the books of a run, and whether they balance."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.registry import Registry
from stores.influx.address import InfluxAddress
from stores.influx.store import InfluxSeries

Key = tuple[int, int]
"""(meter, ts)"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts of a whole run. `unanswered` are messages that the broker never acknowledged."""

    kills: dict[str, int]
    unanswered: int
    sent: int
    stored: int
    missing: int
    strange: int
    doubles: int
    crossings: int
    alarms: int
    crossings_without_alarm: int
    crossings_with_several: int
    alarms_without_crossing: int
    crossings_not_told: int
    messages: int
    repeats: int
    dead_letters: int

    @property
    def balances(self) -> bool:
        wrong = (self.unanswered, self.missing, self.strange, self.doubles, self.crossings_without_alarm)
        also = (self.crossings_with_several, self.alarms_without_crossing, self.crossings_not_told, self.dead_letters)
        return not any(wrong + also) and self.sent > 0 and self.crossings > 0

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {count}" for name, count in self.kills.items())
        lines = [
            f"killed (SIGKILL): {kills}; {sum(self.kills.values())} in all",
            f"readings: sent {self.sent:,}, stored {self.stored:,}, missing {self.missing}, doubles {self.doubles},"
            f" never sent {self.strange}, not acknowledged {self.unanswered}, dead letters {self.dead_letters}",
            f"crossings: {self.crossings}, alarms {self.alarms}; without an alarm {self.crossings_without_alarm},"
            f" with several {self.crossings_with_several}, alarms without one {self.alarms_without_crossing}",
            f"phone: crossings not told {self.crossings_not_told}, messages {self.messages}, repeats {self.repeats}",
        ]
        return "\n".join(lines)


def settle(
    folder: Path, *, kills: dict[str, int], unanswered: int, address: InfluxAddress, registry: Registry
) -> Ledger:
    """Draw up the books of a run that is over: the service is stopped, the store runs."""
    sent, crossings = _sent(folder / "sent.txt")
    stored = _stored(address, registry)
    alarms = Counter(
        (int(subject.split("/")[0][1:-2]), since)
        for subject, since in rows(folder, "SELECT subject, since FROM alarms WHERE rule = 'threshold'")
    )
    told = {
        (int(subject.split("/")[0][1:-2]), since)
        for subject, since in rows(
            folder,
            "SELECT t.subject, t.since FROM transitions t JOIN notifications n ON n.transition = t.id"
            " WHERE t.state = 'active' AND n.outcome = 'accepted'",
        )
    }
    keys = Counter(json.loads(line)["key"] for line in (folder / "phone.jsonl").read_text("utf-8").splitlines())
    return Ledger(
        kills=kills,
        unanswered=unanswered,
        sent=len(sent),
        stored=sum(stored.values()),
        missing=len(sent - set(stored)),
        strange=len(set(stored) - sent),
        doubles=sum(count - 1 for count in stored.values()),
        crossings=len(crossings),
        alarms=sum(alarms.values()),
        crossings_without_alarm=len(crossings - set(alarms)),
        crossings_with_several=sum(alarms[crossing] > 1 for crossing in crossings),
        alarms_without_crossing=len(set(alarms) - crossings),
        crossings_not_told=len(crossings - told),
        messages=sum(keys.values()),
        repeats=sum(keys.values()) - len(keys),
        dead_letters=rows(folder, "SELECT count(*) FROM dead_letters")[0][0],
    )


def rows(folder: Path, query: str) -> list[tuple]:  # type: ignore[type-arg]
    """Read the service's database beside it."""
    with closing(sqlite3.connect(f"file:{folder}/data/nightwatt.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def _sent(file: Path) -> tuple[set[Key], set[Key]]:
    lines = [tuple(map(int, line.split())) for line in file.read_text("utf-8").splitlines()]
    return {(meter, ts) for meter, ts, _ in lines}, {(meter, ts) for meter, ts, crosses in lines if crosses}


def _stored(address: InfluxAddress, registry: Registry) -> Counter[Key]:
    with closing(InfluxSeries(address, lambda: registry)) as series:
        found: Counter[Key] = Counter()
        for batch in series.scan(0, np.iinfo(np.int64).max // 2_000_000):
            found.update(zip(batch.meter.tolist(), batch.ts.tolist(), strict=True))
        return found
