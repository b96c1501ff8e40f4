"""Ways from a dashboard to nightwatt's pages and to other dashboards.

The variable `nightwatt` holds the address of the pages; `PATHS` are all of theirs that are linked to.
"""

from grafana.boards.house import Json
from grafana.boards.text import Text

PATHS = {
    "overview": "/",
    "enterprise": "/enterprises/{id}",
    "alarm": "/alarms/{id}",
    "alarms": "/alarms",
    "focus": "/focus",
    "dead-letters": "/dead-letters",
    "readyz": "/readyz",
}
TIMES = "${__url_time_range}"
CELL = "${__value.raw:percentencode}"


def page(say: Text, name: str, *, id: str = "") -> Json:
    """One of nightwatt's pages, opened beside the dashboard."""
    return {
        "title": say(f"link.{name}"),
        "url": "${nightwatt:raw}" + PATHS[name].replace("{id}", id),
        "targetBlank": True,
    }


def alarms_of_cell(say: Text) -> Json:
    """The alarms of the enterprise in the cell."""
    return page(say, "alarms") | {"url": "${nightwatt:raw}" + PATHS["alarms"] + "?state=all&enterprise=" + CELL}


def board(say: Text, name: str, *, enterprise: str = "${enterprise:percentencode}") -> Json:
    """Another dashboard of the same language, at the same time range; `enterprise` may be left empty."""
    chosen = f"var-enterprise={enterprise}&" if enterprise else ""
    return {
        "title": say(f"board.{name}"),
        "url": f"/d/nightwatt-{name}-{say.language}?{chosen}{TIMES}",
    }


def of_enterprise(say: Text) -> list[Json]:
    """Where a cell with an enterprise leads."""
    return [board(say, "enterprise", enterprise=CELL), page(say, "enterprise", id=CELL)]


def on_top(link: Json) -> Json:
    """The same link at a dashboard's head."""
    inside = link["url"].startswith("/d/")
    return {
        "type": "link",
        "title": link["title"],
        "url": link["url"].removesuffix(TIMES).rstrip("?&"),
        "icon": "dashboard" if inside else "external link",
        "tooltip": "",
        "asDropdown": False,
        "includeVars": False,
        "keepTime": inside,
        "targetBlank": not inside,
        "tags": [],
    }


def siblings(say: Text) -> Json:
    """A menu of all dashboards of this language."""
    return {
        "type": "dashboards",
        "title": say("boards"),
        "tags": [f"nightwatt-{say.language}"],
        "asDropdown": True,
        "icon": "external link",
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "",
        "url": "",
    }
