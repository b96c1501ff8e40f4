"""The short form of the long run: `make chaos` kills more often."""

import pytest

from tests.chaos.run import run

pytestmark = pytest.mark.system

KILLS, RATE, SEED = 7, 1_000, 20261122


def test_the_books_balance_after_kills_of_service_broker_and_store(tmp_path, capsys):
    ledger = run(tmp_path, kills=KILLS, seed=SEED, rate=RATE)
    with capsys.disabled():
        print(f"\n{ledger}")
    assert sum(ledger.kills.values()) >= KILLS
    assert ledger.balances
