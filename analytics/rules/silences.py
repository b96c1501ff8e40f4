"""Since when meters and whole enterprises are silent, and from when on that is worth a ticket."""

import numpy as np

from analytics.plant import Plant
from analytics.rules.reception import Reception
from analytics.states import NEVER
from core.interval import MINUTE_MS
from core.readings import IntArray

SLACK_MS = 5 * MINUTE_MS
LEAST_MS = 15 * MINUTE_MS


def due_meters(
    reception: Reception, plant: Plant, *, watched_at: IntArray, resumed_at: IntArray, never_ms: int
) -> tuple[IntArray, IntArray]:
    """(since, due) of every meter, due NEVER where its silence is no ticket of its own.

    Silent together with all of its enterprise it is none; what comes back later than the enterprise gets its time.
    """
    group, last, heard = reception.group_of_meter, plant.last_ts, reception.heard(plant)
    known, newest = last != NEVER, reception.newest(plant)
    behind = newest[group] - np.where(known, last, newest[group])
    alone = (heard[group] == 1) | (behind > np.maximum(2 * reception.interval_ms, MINUTE_MS))
    due = np.where(known & alone, np.maximum(last, resumed_at) + plant.meter_validity * known, NEVER)
    counts = (heard >= 1) | (reception.works.sizes == 1)
    due = np.where(~known & counts[group], watched_at + never_ms, due)
    due[plant.powerless[plant.enterprise_of_meter]] = NEVER
    return np.where(known, last, watched_at), due


def due_works(
    reception: Reception, plant: Plant, *, watched_at: IntArray, resumed_at: IntArray, never_ms: int
) -> tuple[IntArray, IntArray]:
    """(since, due) of every enterprise: when the last of the meters that spoke until then is overdue.

    `watched_at` and `resumed_at` are of the meters. A meter that reports seldom is waited for once, not three times.
    """
    works, newest, heard = reception.works, reception.newest(plant), reception.heard(plant)
    if not len(works.flat):
        return newest, newest
    patience = patience_ms(reception.interval_ms)[works.flat]
    alive, last = reception.alive(plant, newest), plant.last_ts[works.flat]
    begun = np.maximum(last, resumed_at[works.flat])
    due = np.maximum.reduceat(np.where(alive, begun + patience * alive, NEVER), works.starts)
    watched = np.maximum.reduceat(watched_at[works.flat], works.starts)
    due = np.where(heard >= 2, due, np.where(heard == 0, watched + never_ms, NEVER))
    due[plant.powerless[reception.enterprise]] = NEVER
    return np.where(heard == 0, watched, newest), due


def patience_ms(interval_ms: IntArray) -> IntArray:
    """How long each meter is waited for before its enterprise is taken for silent."""
    found: IntArray = np.maximum(LEAST_MS, interval_ms + SLACK_MS)
    return found
