"""The texts of the dashboards, a JSON table for each language."""

import json
from pathlib import Path

LANGUAGES = ("zh", "en")


class Text:
    """One language's table; a key that it does not have is a KeyError."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.table: dict[str, str] = json.loads(Path(__file__).with_name(f"{language}.json").read_text("utf-8"))
        self.used: set[str] = set()

    def __call__(self, key: str) -> str:
        self.used.add(key)
        return self.table[key]
