"""Run benchmarks, print their tables and keep them in bench/results/: python -m bench [names…]."""

import argparse
from collections.abc import Callable

from bench import backtest, hj212, imbalance, influx, influxd, ingest, lines, stations
from bench.machine import facts
from bench.result import Result, keep, text


def main() -> None:
    benchmarks: dict[str, Callable[[], Result]] = {
        "ingest": ingest.run,
        "imbalance": lambda: imbalance.run(tuple(asked.meters)),
        "hj212": hj212.run,
        "stations": stations.run,
        "lines": lines.run,
        "backtest": backtest.run,
        "influx": influx.run,
    }
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(benchmarks)}; all where none is named")
    parser.add_argument("--meters", type=int, nargs="+", default=[1000], help="sizes of the imbalance benchmark")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in benchmarks]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(benchmarks)}")
    machine = facts()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    for name in asked.names or benchmarks:
        if name == "influx" and not influxd.influxd():
            print(f"\ninflux: left out, for {influxd.MISSING}")
            continue
        result = benchmarks[name]()
        keep(result, machine)
        print("", *(f"{text(table)}\n" for table in result.tables), *(f"* {note}" for note in result.notes), sep="\n")


if __name__ == "__main__":
    main()
