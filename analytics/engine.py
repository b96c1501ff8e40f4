"""The rule engine: batches of readings in, transitions out. The same code live, in replay and in back-test.

Time is the readings' own (event time); `now` is an argument. A batch is cut into *waves*, each with at
most one reading a meter and no longer than a minute, and every wave is one numpy step over all meters,
facilities and conditions; of a long batch the waves carry only what matters (stretch.py). Readings at or before
their meter's last are left alone: they were judged. Of the others only what is sound is judged; those of a clock
that is not believed have no place in time at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.plant import NEVER, Plant
from analytics.rules import RULES, Rule
from analytics.stretch import BoolArray, Stretch, by_meter
from analytics.timers import HOLDS, Verdicts
from core.alarm import State, Transition
from core.filing import Filing, covering
from core.readings import IntArray, Quality, Readings
from core.registry import Registry

WAVE_MS = 60_000
AHEAD_MS = 600_000
"""A reading stamped further in the future than this is kept in the store but not judged."""

_CLOCK_SKEW = int(Quality.CLOCK_SKEW)


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm in force: its episode and its severity."""

    rule: str
    subject: str
    enterprise: str
    since: int
    severity: int


class Engine:
    """State of all rules over one registry. Not thread-safe: one caller at a time."""

    def __init__(self, registry: Registry, rules: dict[str, type[Rule]] = RULES) -> None:
        self.registry = registry
        self.plant = Plant.of(registry)
        self.rules: list[Rule] = [rule(registry) for rule in rules.values()]
        self.silenced: dict[tuple[str, str], str] = {}  # (rule, subject) in alarm → the filing that explains it
        self.newest = NEVER
        self._number = {rule.id: {subject.name: i for i, subject in enumerate(rule.subjects)} for rule in self.rules}

    def step(self, batch: Readings, *, now: int, oldest: int = NEVER) -> list[Transition]:
        """Judge a batch. Readings before `oldest` correct the record only; those far ahead of `now` aren't believed."""
        last = self.plant.last_ts[batch.meter]
        judged = (batch.ts > last) & (batch.ts >= oldest) & (batch.ts <= now + AHEAD_MS)
        judged &= ~batch.has(_CLOCK_SKEW)
        batch = in_time((batch.take(judged) if not judged.all() else batch).sound())
        if not len(batch):
            return []
        self.newest = max(self.newest, int(batch.ts[-1]))
        found: list[Transition] = []
        moving = self._settle(batch)
        for wave in waves(batch, moving=moving):
            # The same instant twice in one batch: the first counts, as it does in the series store.
            new = wave.ts > self.plant.last_ts[wave.meter]
            if new.any():
                self.plant.update(wave if new.all() else wave.take(new))
                found += self._judge_all()
        return found if moving is None or moving.any() else self._judge_all()

    def _settle(self, batch: Readings) -> BoolArray | None:
        """Take in at once what nothing depends on; the readings that the waves must carry, None for all."""
        stretch = Stretch.of(self.plant, batch)
        if not stretch.is_long:
            return None
        still = stretch.still()
        for rule in self.rules:
            if rule.subjects:
                still &= ~rule.heeds(stretch)
        self.plant.settle(stretch.last(still))
        return ~still[batch.meter]

    def _judge_all(self) -> list[Transition]:
        return [transition for rule in self.rules for transition in self._judge(rule)]

    def standing(self) -> list[Standing]:
        """The alarms in force."""
        return [
            Standing(rule.id, subject.name, subject.enterprise, int(rule.timers.episode[i]), int(rule.timers.level[i]))
            for rule in self.rules
            for i in np.flatnonzero(rule.timers.level).tolist()
            for subject in (rule.subjects[i],)
        ]

    def _judge(self, rule: Rule) -> list[Transition]:
        if not rule.subjects:
            return []
        verdicts = rule.judge(self.plant)
        level_before = rule.timers.level.copy()
        raised, returned = rule.timers.step(verdicts)
        found = []
        for subject in raised.tolist():
            found.append(self._raised(rule, subject, _at(rule, verdicts.at, subject)))
        for subject in returned.tolist():
            at = _at(rule, verdicts.at, subject)
            found.append(self._returned(rule, subject, at, severity=int(level_before[subject])))
        return found + self._filings_that_ended(rule, verdicts)

    def _raised(self, rule: Rule, subject: int, at: int) -> Transition:
        reason, evidence = rule.explain(subject, self.plant)
        filing = self._explaining(rule, subject, at)
        key = (rule.id, rule.subjects[subject].name)
        if filing:
            self.silenced[key] = filing.id
            reason, evidence = f"{reason}; filing {filing.id} explains it", evidence | {"filing": filing.id}
        else:
            self.silenced.pop(key, None)
        state = State.SUPPRESSED if filing else State.ACTIVE
        return self._transition(rule, subject, at, state=state, reason=reason, evidence=evidence)

    def _returned(self, rule: Rule, subject: int, at: int, *, severity: int) -> Transition:
        self.silenced.pop((rule.id, rule.subjects[subject].name), None)
        return self._transition(rule, subject, at, state=State.NORMAL, reason="back to normal", severity=severity)

    def _transition(
        self,
        rule: Rule,
        subject: int,
        at: int,
        *,
        state: State,
        reason: str,
        evidence: dict[str, object] | None = None,
        severity: int | None = None,
    ) -> Transition:
        return Transition(
            at=at,
            rule=rule.id,
            subject=rule.subjects[subject].name,
            enterprise=rule.subjects[subject].enterprise,
            severity=int(rule.timers.level[subject]) if severity is None else severity,
            state=state,
            since=int(rule.timers.episode[subject]),
            reason=reason,
            evidence=(evidence or {}) | {"registry_version": self.registry.version},
        )

    def _explaining(self, rule: Rule, subject: int, at: int) -> Filing | None:
        about = rule.subjects[subject]
        return covering(
            self.registry.filings_of(about.enterprise),
            at=at,
            facilities=about.facilities,
            explained_by=about.explained_by,
        )

    def _filings_that_ended(self, rule: Rule, verdicts: Verdicts) -> list[Transition]:
        """What a filing explained until now, explains no longer and is seen to go on becomes an alarm."""
        found = []
        for key, filing in [item for item in self.silenced.items() if item[0][0] == rule.id]:
            number = self._number[rule.id].get(key[1])
            if number is None:  # a newer registry does not know the subject any more
                del self.silenced[key]
                continue
            rows = slice(*np.searchsorted(rule.timers.subject, [number, number + 1]))
            holding = rule.timers.active[rows] & (verdicts.verdict[rows] == HOLDS)
            if holding.any() and not self._explaining(rule, number, at := int(verdicts.at[rows][holding].max())):
                del self.silenced[key]
                reason, evidence = rule.explain(number, self.plant)
                reason += f"; filing {filing} has ended"
                found.append(self._transition(rule, number, at, state=State.ACTIVE, reason=reason, evidence=evidence))
        return found


def _at(rule: Rule, at: IntArray, subject: int) -> int:
    return int(at[rule.timers.subject == subject].max())


def in_time(batch: Readings) -> Readings:
    """The same readings in order of time."""
    if (batch.ts[1:] >= batch.ts[:-1]).all():
        return batch
    return batch.take(np.argsort(batch.ts, kind="stable"))


def waves(batch: Readings, *, moving: BoolArray | None = None) -> Iterator[Readings]:
    """Cut a batch, in order of time, where a meter would come twice or a minute is over.

    `moving` (n,), of a batch in order, are the readings wanted: waves of the same bounds without the others, and
    none that is empty.
    """
    if not len(batch):
        return
    batch = in_time(batch)
    kept = np.arange(len(batch)) if moving is None else np.flatnonzero(moving)
    wanted = batch if moving is None else batch.take(kept)
    # A wave that starts at `start` ends where some reading's predecessor lies at or after `start`.
    reach = np.maximum.accumulate(_previous_of_same_meter(batch.meter))
    start, n = 0, len(batch)
    while start < n:
        repeats = int(np.searchsorted(reach, start, side="left"))
        minute = int(np.searchsorted(batch.ts, batch.ts[start] + WAVE_MS, side="left"))
        end = max(start + 1, min(repeats, minute))
        first, last = np.searchsorted(kept, (start, end))
        if last > first:
            yield wanted.take(slice(first, last))
        start = end


def _previous_of_same_meter(meter: IntArray) -> IntArray:
    """Position of the reading before this one of the same meter, -1 where it is the first."""
    order = by_meter(meter)
    same = meter[order[1:]] == meter[order[:-1]]
    found = np.full(len(meter), -1, dtype=np.int64)
    found[order[1:][same]] = order[:-1][same]
    return found
