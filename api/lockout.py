"""Slowing down those who guess: after five failures each further try must wait twice as long."""

from core.ports import Accounts

WINDOW_MS = 15 * 60_000
FREE_FAILURES = 5


def wait_ms(accounts: Accounts, key: str, *, now: int) -> int:
    """How long at most a name or address must wait for its next try; 0 where it may try at once.

    Nothing sleeps here: a try within the wait is refused, and refused tries do not count.
    """
    failures = accounts.failures(key, since=now - WINDOW_MS)
    if failures < FREE_FAILURES:
        return 0
    delay = min(1000 << min(failures - FREE_FAILURES, 20), WINDOW_MS)
    return delay if accounts.failures(key, since=now - delay + 1) else 0
