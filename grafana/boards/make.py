"""All dashboards of all languages."""

import json
from collections.abc import Callable
from pathlib import Path

from grafana.boards import city, devices, enterprise, ingest, night
from grafana.boards.dashboard import Board
from grafana.boards.house import Json
from grafana.boards.text import LANGUAGES, Text

ADDRESS = "http://127.0.0.1:8000"
"""Where nightwatt's pages are unless told otherwise."""

FOLDER = Path(__file__).parents[1] / "dashboards"

BOARDS: dict[str, Callable[[Text], Board]] = {
    "city": city.board,
    "enterprise": enterprise.board,
    "night": night.board,
    "devices": devices.board,
    "ingest": ingest.board,
}


def dashboards(*, address: str = ADDRESS) -> dict[str, Json]:
    """File (`zh/city.json` …) -> dashboard."""
    return {
        f"{language}/{name}.json": board(say).json(say, address=address.rstrip("/"))
        for language in LANGUAGES
        for say in [Text(language)]
        for name, board in BOARDS.items()
    }


def written(dashboard: Json) -> str:
    """As it stands in its file."""
    return json.dumps(dashboard, ensure_ascii=False, indent=1) + "\n"


def write(folder: Path = FOLDER, *, address: str = ADDRESS) -> list[Path]:
    """Write all files and return their paths."""
    paths = []
    for name, dashboard in dashboards(address=address).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(dashboard), "utf-8")
        paths.append(path)
    return paths
