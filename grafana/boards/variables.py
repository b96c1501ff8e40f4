"""Variables at a dashboard's head."""

from grafana.boards.house import Json
from grafana.boards.query import DATASOURCE, chosen
from grafana.boards.text import Text

STEPS = ("1m", "5m", "15m", "1h", "6h", "1d")
ZONE = "Asia/Shanghai"


def one_of(say: Text, tag: str, *, within: tuple[str, ...] = ()) -> Json:
    """A tag's values, of which one is chosen."""
    where = f" WHERE {chosen(*within)}" if within else ""
    query = f'SHOW TAG VALUES FROM "meter" WITH KEY = "{tag}"{where}'
    return {
        "type": "query",
        "name": tag,
        "label": say(f"var.{tag}"),
        "datasource": DATASOURCE,
        "query": query,
        "definition": query,
        "refresh": 1,
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "current": {},
        "options": [],
        "regex": "",
        "hide": 0,
        "skipUrlSync": False,
    }


def some_of(say: Text, tag: str, *, within: tuple[str, ...] = ()) -> Json:
    """A tag's values, of which any number is chosen; all at first."""
    return one_of(say, tag, within=within) | {
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def step(say: Text, *, least: str = "1m") -> Json:
    """How wide the buckets of the curves are, by default what fits the range."""
    usable = STEPS[STEPS.index(least) :]
    automatic = "$__auto_interval_step"
    return {
        "type": "interval",
        "name": "step",
        "label": say("var.step"),
        "auto": True,
        "auto_min": least,
        "auto_count": 200,
        "query": ",".join(usable),
        "refresh": 2,
        "current": {"selected": True, "text": "auto", "value": automatic},
        "options": [
            {"selected": True, "text": "auto", "value": automatic},
            *({"selected": False, "text": width, "value": width} for width in usable),
        ],
        "hide": 0,
        "skipUrlSync": False,
    }


def zone(say: Text) -> Json:
    """The time zone in which days and hours of the day are counted."""
    return {
        "type": "textbox",
        "name": "zone",
        "label": say("var.zone"),
        "query": ZONE,
        "current": {"selected": True, "text": ZONE, "value": ZONE},
        "options": [{"selected": True, "text": ZONE, "value": ZONE}],
        "hide": 0,
        "skipUrlSync": False,
    }


def pages(address: str) -> Json:
    """Where nightwatt's pages are. Out of sight, and not to be changed by an address that somebody sends."""
    return {
        "type": "constant",
        "name": "nightwatt",
        "query": address,
        "current": {"selected": True, "text": address, "value": address},
        "options": [{"selected": True, "text": address, "value": address}],
        "hide": 2,
        "skipUrlSync": True,
    }
