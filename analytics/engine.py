"""The rule engine: batches of readings in, transitions out. The same code live, in replay and in back-test.

Time is the readings' own (event time); `now` is an argument. A batch is cut into *waves*, each with at
most one reading a meter and no longer than a minute, and every wave is one numpy step over all meters,
facilities and conditions; of a long batch the waves carry only what matters (stretch.py). Readings at or before
their meter's last are left alone: they were judged. Of the others only what is sound is judged; those of a clock
that is not believed have no place in time at all.
"""

from dataclasses import dataclass

import numpy as np

from analytics.members import by_meter
from analytics.plant import Plant
from analytics.rules.rule import Rule
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from analytics.states import NEVER
from analytics.stretch import BoolArray, Stretch
from analytics.timers import HOLDS, Verdicts
from analytics.waves import by_day, in_time, waves
from core.alarm import State, Transition
from core.filing import Filing, covering
from core.interval import MINUTE_MS
from core.readings import IntArray, Quality, Readings
from core.records import Unjudged
from core.registry import Registry

NOBODY: BoolArray = np.zeros(0, dtype=np.bool_)
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
    ticket: bool = False


class Engine:
    """State of all rules over one registry. Not thread-safe: one caller at a time."""

    def __init__(self, registry: Registry, ruleset: Ruleset = EVERY_RULE) -> None:
        self.registry = registry
        self.plant = Plant.of(registry)
        self.ruleset = ruleset
        self.rules = [_compiled(rule, registry, self.plant, ruleset) for rule in ruleset.rules.values()]
        self.silenced: dict[tuple[str, str], str] = {}  # (rule, subject) in alarm → the filing that explains it
        self.newest = NEVER
        self._busy = self.rules  # those that the waves of the batch in hand may matter to
        filed = [bool(registry.filings_of(row.id)) for row in registry.enterprises]
        self._filed = np.array(filed, dtype=np.bool_)
        self._minute = NEVER  # of the plant's clock, up to which the rules that go by it have judged
        self._number = {rule.id: {subject.name: i for i, subject in enumerate(rule.subjects)} for rule in self.rules}

    def alike(self, registry: Registry | None = None) -> "Engine":
        """A fresh engine with the same rules, over the same registry or another."""
        return Engine(registry or self.registry, self.ruleset)

    def step(self, batch: Readings, *, now: int, oldest: int = NEVER) -> list[Transition]:
        """Judge a batch. Readings before `oldest` correct the record only; those far ahead of `now` aren't believed."""
        last = self.plant.last_ts[batch.meter]
        judged = (batch.ts > last) & (batch.ts >= oldest) & (batch.ts <= now + AHEAD_MS)
        judged &= ~batch.has(_CLOCK_SKEW)
        batch = in_time((batch.take(judged) if not judged.all() else batch).sound())
        return [transition for day in by_day(batch) for transition in self._step(day)]

    def _step(self, batch: Readings) -> list[Transition]:
        """Judge sound readings of one UTC day in order of time."""
        self.newest, minute = max(self.newest, int(batch.ts[-1])), self._minute
        by = by_meter(batch.meter)
        self.plant.energy.add(batch, by)
        found: list[Transition] = []
        moving = self._settle(Stretch.of(self.plant, batch, by))
        for wave in waves(batch, moving=moving):
            # The same instant twice in one batch: the first counts, as it does in the series store.
            new = wave.ts > self.plant.last_ts[wave.meter]
            if new.any():
                found += self._take_in(wave if new.all() else wave.take(new))
        self.plant.clock = max(self.plant.clock, self.newest)
        found += self._tick()
        idle = [rule for rule in self.rules if rule not in self._busy]
        self._busy = self.rules
        return found + self._judge_each(idle) + (self._judge_by_clock(idle) if self._minute != minute else [])

    def tick(self, *, now: int) -> list[Transition]:
        """Let time pass without readings, so that what does not come is judged too."""
        if self.newest == NEVER:
            return []
        self.plant.clock = max(self.plant.clock, now)
        return self._tick()

    def unjudged(self) -> list[Unjudged]:
        """What the rules can't judge now, and why."""
        return [row for rule in self.rules for row in rule.unjudged(self.plant)]

    def _take_in(self, wave: Readings) -> list[Transition]:
        for rule in self._busy:
            rule.hear(wave, self.plant)
        self.plant.update(wave)
        return self._tick() + self._judge_each(self._busy)

    def _settle(self, stretch: Stretch) -> BoolArray | None:
        """Take in at once what nothing depends on; the readings that the waves must carry, None for all."""
        self._busy = self.rules
        if not stretch.is_long:
            return None
        still = stretch.still()
        self._busy = []
        for rule in self.rules:
            heeded = rule.heeds(stretch) if rule.subjects else NOBODY
            if len(heeded):
                still &= ~heeded
            # Of a rule that heeds nobody no wave of this batch can raise, end or delay anything.
            self._busy += [rule] if heeded.any() else []
        self.plant.settle(stretch.last(still))
        return ~still[stretch.batch.meter]

    def _judge_each(self, rules: list[Rule]) -> list[Transition]:
        """By the readings so far; those that go by the clock have their own time."""
        return [transition for rule in rules if not rule.by_clock for transition in self._judge(rule)]

    def _tick(self) -> list[Transition]:
        """Once a minute of the plant's clock: the rules that go by it."""
        minute = self.plant.clock // MINUTE_MS
        if minute == self._minute:
            return []
        self._minute = minute
        return self._judge_by_clock(self._busy)

    def _judge_by_clock(self, rules: list[Rule]) -> list[Transition]:
        return [transition for rule in rules if rule.by_clock for transition in self._judge(rule)]

    def standing(self) -> list[Standing]:
        """The alarms in force."""
        return [
            Standing(
                rule.id,
                subject.name,
                subject.enterprise,
                int(rule.timers.episode[i]),
                int(rule.timers.level[i]),
                rule.ticket,
            )
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
            found.append(self._raised(rule, subject, _at(rule, verdicts, subject)))
        for subject in returned.tolist():
            at = _at(rule, verdicts, subject)
            found.append(self._returned(rule, subject, at, severity=int(level_before[subject])))
        if self._filed.any():
            found += self._filings_that_began(rule, verdicts)
        return found + (self._filings_that_ended(rule, verdicts) if self.silenced else [])

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
            evidence=(evidence or {}) | {"registry_version": self.registry.version, "rule_version": rule.version},
            ticket=rule.ticket,
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
            at = _holding_at(rule, verdicts, number)
            if at is not None and not self._explaining(rule, number, at):
                del self.silenced[key]
                reason, evidence = rule.explain(number, self.plant)
                reason += f"; filing {filing} has ended"
                found.append(self._transition(rule, number, at, state=State.ACTIVE, reason=reason, evidence=evidence))
        return found

    def _filings_that_began(self, rule: Rule, verdicts: Verdicts) -> list[Transition]:
        """What is in alarm, is seen to go on and is explained by now is suppressed from now on."""
        found = []
        for subject in np.flatnonzero((rule.timers.level > 0) & self._filed[rule.enterprise]).tolist():
            key = (rule.id, rule.subjects[subject].name)
            at = None if key in self.silenced else _holding_at(rule, verdicts, subject)
            filing = None if at is None else self._explaining(rule, subject, at)
            if at is not None and filing:
                self.silenced[key] = filing.id
                reason, evidence = rule.explain(subject, self.plant)
                reason, evidence = f"{reason}; filing {filing.id} explains it", evidence | {"filing": filing.id}
                found.append(
                    self._transition(rule, subject, at, state=State.SUPPRESSED, reason=reason, evidence=evidence)
                )
        return found


def _compiled(rule: type[Rule], registry: Registry, plant: Plant, ruleset: Ruleset) -> Rule:
    found = rule(registry, plant, ruleset.of(rule))
    found.timers.merges_chatter = ruleset.merges_chatter
    numbers = [registry.enterprise_number[subject.enterprise] for subject in found.subjects]
    found.enterprise = np.array(numbers, dtype=np.int64)
    return found


def _of_subject(rule: Rule, verdicts: Verdicts, subject: int) -> IntArray:
    """Where in the verdicts a subject's conditions are."""
    rows = rule.timers.subject if verdicts.rows is None else rule.timers.subject[verdicts.rows]
    return np.flatnonzero(rows == subject)


def _at(rule: Rule, verdicts: Verdicts, subject: int) -> int:
    return int(verdicts.at[_of_subject(rule, verdicts, subject)].max())


def _holding_at(rule: Rule, verdicts: Verdicts, subject: int) -> int | None:
    """The newest instant at which one of a subject's conditions that are in alarm still holds; None: none does."""
    places = _of_subject(rule, verdicts, subject)
    active = rule.timers.active if verdicts.rows is None else rule.timers.active[verdicts.rows]
    holding = places[active[places] & (verdicts.verdict[places] == HOLDS)]
    return int(verdicts.at[holding].max()) if len(holding) else None
