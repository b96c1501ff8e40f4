"""Energies over restarts: closed hours are saved as they close; what is missing is read again from the series store."""

from analytics.energy import HOURS, Energy
from analytics.replay import History
from core.interval import DAY_MS, HOUR_MS
from core.ports import EnergyBook

LATE_HOURS = 2
"""Hours that are saved again with the newest: readings may still have come for them."""
READ_AGAIN_MS = 2 * DAY_MS
"""How much history is read at most where little or nothing was saved."""


class Remembered:
    """Saves one engine's energies and brings them back."""

    def __init__(self, book: EnergyBook) -> None:
        self._book, self._saved = book, -1

    def bring_back(self, energy: Energy, history: History, *, now: int) -> None:
        """What was saved, and from the history what came after. Raises StoreAway; what was saved is there then."""
        rows = self._book.hours(now // HOUR_MS - HOURS)
        energy.restore(rows)
        self._saved = rows[-1].hour if rows else -1
        start = max((self._saved + 1) * HOUR_MS, now - READ_AGAIN_MS)
        for batch in history.scan(start - HOUR_MS, now, quantities=("p", "ep")):
            known = batch.take(batch.meter < len(energy.last_ts)).sound()
            energy.start_from(known.take(known.ts <= start))
            energy.add(known.take(known.ts > start))

    def forget(self) -> None:
        """Save all again: the sums were found anew."""
        self._saved = -1

    def save(self, energy: Energy) -> None:
        """Save the hours that have closed since the last time; costs nothing while none has."""
        newest = int(energy.hours.number.max()) - 1
        if newest <= self._saved:
            return
        after = max(self._saved - LATE_HOURS, newest - HOURS)
        self._book.save(energy.saved(after=after), forget_before=newest - HOURS)
        self._saved = newest
