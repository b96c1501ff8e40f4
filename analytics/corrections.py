"""What has to be put right when history is judged again: from two engines and what the second found, transitions."""

from collections.abc import Sequence

from analytics.engine import Engine, Standing
from core.alarm import GOES_ON, TAKEN_BACK, State, Transition
from core.interval import to_text


def corrections(
    before: Engine, after: Engine, found: list[Transition], told: Sequence[Transition] = ()
) -> list[Transition]:
    """What to record after `after` has judged again what `before` had judged, and found these transitions on its way.

    First beginnings that moved, then what ends (one alarm is open per rule and subject), then what was found, and last
    what goes on though it had been thought over. `told` is what `before` had found since the state that `after` began
    with: of what was raised and over in that time and is not found again, what never was is taken back.
    """
    moved = {(alarm.rule, alarm.subject): alarm.since for alarm in after.standing()}
    revised = [
        _revision(alarm, moved[alarm.rule, alarm.subject], after)
        for alarm in before.standing()
        if moved.get((alarm.rule, alarm.subject), alarm.since) != alarm.since and not _ended(alarm, found)
    ]
    known = {(alarm.rule, alarm.subject, alarm.revises) for alarm in revised}
    revised += _over_otherwise(before, after, found, told)
    return revised + _taken_back(before, after, found, revised=known) + found + _going_on(before, after)


def _over_otherwise(
    before: Engine, after: Engine, found: list[Transition], told: Sequence[Transition]
) -> list[Transition]:
    """Of what was raised and over: beginnings that moved, and the ends of what never was."""
    standing = {(alarm.rule, alarm.subject, alarm.since) for alarm in (*before.standing(), *after.standing())}
    again, knew = _raised(found), _raised(told)
    ends = {(t.rule, t.subject, t.since): t.at for t in found if t.state is State.NORMAL}
    fresh = {key: row for key, row in again.items() if key not in knew and key not in standing}
    result = []
    for end in told:
        episode = (end.rule, end.subject, end.since)
        if end.state is not State.NORMAL or episode not in knew or episode in again or episode in standing:
            continue
        moved = next(
            (
                key
                for key in fresh
                if key[:2] == episode[:2] and key[2] <= end.at and ends.get(key, end.at) >= end.since
            ),
            None,
        )
        alarm = Standing(end.rule, end.subject, end.enterprise, end.since, end.severity, end.ticket)
        if moved is None:
            result.append(_correction(alarm, after, state=State.NORMAL, reason=TAKEN_BACK))
        else:
            del fresh[moved]
            result.append(_revision(alarm, moved[2], after))
    return result


def _raised(transitions: Sequence[Transition]) -> dict[tuple[str, str, int], Transition]:
    """The first word of every episode that was raised."""
    found: dict[tuple[str, str, int], Transition] = {}
    for row in transitions:
        if row.state is not State.NORMAL:
            found.setdefault((row.rule, row.subject, row.since), row)
    return found


def _ended(alarm: Standing, found: list[Transition]) -> bool:
    """Whether the episode was found again and is over: what stands now is another."""
    episode = (alarm.rule, alarm.subject, alarm.since)
    return any(t.state is State.NORMAL and (t.rule, t.subject, t.since) == episode for t in found)


def _revision(alarm: Standing, since: int, after: Engine) -> Transition:
    reason = f"late readings show that it began at {to_text(since)}, not at {to_text(alarm.since)}"
    return Transition(
        at=after.newest,
        rule=alarm.rule,
        subject=alarm.subject,
        enterprise=alarm.enterprise,
        severity=alarm.severity,
        state=State.ACTIVE,
        since=since,
        reason=reason,
        revises=alarm.since,
    )


def _taken_back(
    before: Engine, after: Engine, found: list[Transition], *, revised: set[tuple[str, str, int | None]]
) -> list[Transition]:
    """Ends of the alarms that stood before and that the readings in their order do not bear out."""
    known = {(alarm.rule, alarm.subject, alarm.since) for alarm in after.standing()} | revised
    known |= {(end.rule, end.subject, end.since) for end in found if end.state is State.NORMAL}
    return [
        _correction(alarm, after, state=State.NORMAL, reason=TAKEN_BACK)
        for alarm in before.standing()
        if (alarm.rule, alarm.subject, alarm.since) not in known
    ]


def _going_on(before: Engine, after: Engine) -> list[Transition]:
    """Alarms that stand by the readings in their order and had been thought over; new ones are among them too."""
    known = {(alarm.rule, alarm.subject, alarm.since) for alarm in before.standing()}
    silenced = after.silenced
    return [
        _correction(
            alarm,
            after,
            state=State.SUPPRESSED if (alarm.rule, alarm.subject) in silenced else State.ACTIVE,
            reason=GOES_ON,
        )
        for alarm in after.standing()
        if (alarm.rule, alarm.subject, alarm.since) not in known
    ]


def _correction(alarm: Standing, after: Engine, *, state: State, reason: str) -> Transition:
    return Transition(
        at=after.newest,
        rule=alarm.rule,
        subject=alarm.subject,
        enterprise=alarm.enterprise,
        severity=alarm.severity,
        state=state,
        since=alarm.since,
        reason=reason,
        ticket=alarm.ticket,
    )
