"""The rule engine: batches of readings in, transitions out. The same code live, in replay and in back-test.

Time is the readings' own (event time); `now` is an argument. A batch is cut into *waves*, each with at
most one reading a meter and no longer than a minute, and every wave is one numpy step over all meters,
facilities and conditions. Readings at or before their meter's last are left alone: they were judged. Of
the others only what is sound is judged; those of a clock that is not believed have no place in time at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.plant import NEVER, Plant
from analytics.rules import RULES, Rule
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
        found: list[Transition] = []
        for wave in waves((batch.take(judged) if not judged.all() else batch).sound()):
            # The same instant twice in one batch: the first counts, as it does in the series store.
            new = wave.ts > self.plant.last_ts[wave.meter]
            if not new.any():
                continue
            self.plant.update(wave if new.all() else wave.take(new))
            self.newest = max(self.newest, int(wave.ts[-1]))
            for rule in self.rules:
                found += self._judge(rule)
        return found

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


def waves(batch: Readings) -> Iterator[Readings]:
    """Cut a batch, in order of time, where a meter would come twice or a minute is over."""
    if not len(batch):
        return
    order = np.argsort(batch.ts, kind="stable")
    ordered = batch.take(order)
    repeat_of = _previous_of_same_meter(ordered.meter)
    # A wave that starts at `start` ends where some reading's predecessor lies at or after `start`.
    reach = np.maximum.accumulate(repeat_of)
    start, n = 0, len(ordered)
    while start < n:
        repeats = int(np.searchsorted(reach, start, side="left"))
        minute = int(np.searchsorted(ordered.ts, ordered.ts[start] + WAVE_MS, side="left"))
        end = max(start + 1, min(repeats, minute))
        wave = ordered.take(slice(start, end))
        yield wave
        start = end


def _previous_of_same_meter(meter: IntArray) -> IntArray:
    """Position of the reading before this one of the same meter, -1 where it is the first."""
    order = np.argsort(meter, kind="stable")
    same = meter[order[1:]] == meter[order[:-1]]
    found = np.full(len(meter), -1, dtype=np.int64)
    found[order[1:][same]] = order[:-1][same]
    return found
