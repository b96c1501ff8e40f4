"""Beginnings of alarms that stand, put right in the engine's state."""

import numpy as np

from analytics.engine import Engine
from analytics.told import Episode


def begin(engine: Engine, moved: dict[Episode, int]) -> None:
    """Know these episodes, (rule, subject, since), by another beginning; those that don't stand are passed over."""
    for rule in engine.rules:
        timers = rule.timers
        for i in np.flatnonzero(timers.level).tolist():
            since = moved.get((rule.id, rule.subjects[i].name, int(timers.episode[i])))
            if since is not None:
                timers.episode[i] = since
