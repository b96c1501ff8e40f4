"""The long run: `python -m tests.chaos [--kills N] [--rate READINGS_PER_S] [--seed N] [--folder PATH]`."""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--rate", type=float, default=4_000, help="readings a second of all meters together")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--folder", type=Path, help="keep everything of the run there")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        ledger = run(
            folder, kills=given.kills, seed=given.seed, rate=given.rate, say=lambda text: print(text, flush=True)
        )
    print(ledger)
    print("the books balance" if ledger.balances else "THE BOOKS DO NOT BALANCE")
    return 0 if ledger.balances else 1


if __name__ == "__main__":
    sys.exit(main())
