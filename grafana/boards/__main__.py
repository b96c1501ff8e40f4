"""Make the dashboards anew: python -m grafana.boards [--address https://nightwatt.example.org] [--into FOLDER]."""

import argparse
from pathlib import Path

from grafana.boards.make import ADDRESS, FOLDER, write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m grafana.boards", description=__doc__)
    parser.add_argument("--address", default=ADDRESS, help="where nightwatt's pages are, for the links to them")
    parser.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER")
    asked = parser.parse_args()
    if not asked.address.startswith(("http://", "https://")):
        parser.error("the address begins with http:// or https://")
    for path in write(asked.into, address=asked.address):
        print(path)


if __name__ == "__main__":
    main()
