"""The words of the pages, and which of the two languages a request wants."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from fastapi import Request

LANGUAGES = ("zh", "en")
COOKIE = "nightwatt_language"


@lru_cache(maxsize=len(LANGUAGES))
def texts(language: str) -> Mapping[str, str]:
    """Every text of a language by its key."""
    source = resources.files("api.web").joinpath("text", f"{language}.json")
    found: dict[str, str] = json.loads(source.read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; called with a key and the values of its placeholders."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        text = texts(self.language)[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in texts(self.language)

    def name(self, family: str, value: object) -> str:
        """The word for a value of the domain (`rule`, `kind` …); the value itself where there is none yet."""
        return texts(self.language).get(f"{family}.{value}", str(value))


def language_of(request: Request) -> str:
    """What the reader chose, else what the browser prefers of the two, else Chinese."""
    chosen = request.query_params.get("language") or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return _preferred(request.headers.get("accept-language", "")[:200])


def _preferred(header: str) -> str:
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.partition(";q=")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            ranked.append((-_weight(weight), place, language))
    return min(ranked)[2] if ranked else LANGUAGES[0]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
