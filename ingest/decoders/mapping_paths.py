"""The three little languages of a mapping: topic patterns, paths into JSON, and templates of both.

Paths are a small subset of JSONPath of our own: steps into objects and lists, nothing that searches, so
that reading a message takes a time that its description bounds. ValueError says what is wrong with a text.
"""

import re
from dataclasses import dataclass
from typing import Any

MISSING: Any = object()
"""What a path gives that leads nowhere; null is a value."""

_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_STEP = re.compile(r"""\.([^.\[\]"'*]+)|\[(\d{1,6})\]|\["([^"]*)"\]|\['([^']*)'\]""")
_HOLE = re.compile(r"\{([^{}]*)\}")
EACH_END = "[*]"


@dataclass(frozen=True, slots=True)
class JsonPath:
    """`$.a["b c"][0]` from the whole message, `@.a` from the element in hand."""

    text: str
    from_element: bool
    steps: tuple[str | int, ...]

    @classmethod
    def parse(cls, text: str) -> "JsonPath":
        if not isinstance(text, str) or text[:1] not in ("$", "@"):
            raise ValueError(f"a path begins with $ (the message) or @ (the element), not {text!r:.60}")
        steps: list[str | int] = []
        at = 1
        while at < len(text):
            match = _STEP.match(text, at)
            if not match:
                raise ValueError(f"path {text!r:.60} can't be read from {text[at : at + 20]!r} on")
            name, index, quoted, single = match.groups()
            steps.append(int(index) if index is not None else next(s for s in (name, quoted, single) if s is not None))
            at = match.end()
        return cls(text, text[0] == "@", tuple(steps))

    def find(self, message: Any, element: Any) -> Any:
        """The value at the path's end, or MISSING."""
        found = element if self.from_element else message
        for step in self.steps:
            if isinstance(step, int):
                if not isinstance(found, list) or step >= len(found):
                    return MISSING
                found = found[step]
            elif isinstance(found, dict) and step in found:
                found = found[step]
            else:
                return MISSING
        return found


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """`site/{device}/em-{channel}/{*rest}`: named parts of levels, the last one may take the rest."""

    text: str
    levels: tuple[tuple[str, str, str], ...]
    """(what stands before the named part, its name or "", what stands after it)"""
    rest: str = ""

    @classmethod
    def parse(cls, text: str) -> "TopicPattern":
        if not isinstance(text, str) or not text or any(c in text for c in "+#\0"):
            raise ValueError(f"a topic pattern is text with {{names}} instead of + and #, not {text!r:.60}")
        *levels, last = text.split("/")
        rest = last[2:-1] if last.startswith("{*") and last.endswith("}") else ""
        found = [_level(level) for level in (levels if rest else [*levels, last])]
        names = [name for _, name, _ in found if name] + ([rest] if rest else [])
        if rest and not _NAME.fullmatch(rest):
            raise ValueError(f"{rest!r:.40} is no name: small letters, digits and _")
        if len(set(names)) < len(names):
            raise ValueError(f"a name stands twice in {text!r:.60}")
        return cls(text, tuple(found), rest)

    @property
    def names(self) -> frozenset[str]:
        return frozenset([name for _, name, _ in self.levels if name] + ([self.rest] if self.rest else []))

    @property
    def subscription(self) -> str:
        """The MQTT filter that takes all of its topics; those with text around a name take others too."""
        levels = ["+" if name else before for before, name, _ in self.levels]
        return "/".join([*levels, "#"] if self.rest else levels)

    def match(self, topic: str) -> dict[str, str] | None:
        """The named parts of a topic, None for one of another shape."""
        levels = topic.split("/")
        if len(levels) < len(self.levels) + bool(self.rest) or (len(levels) > len(self.levels) and not self.rest):
            return None
        parts = {self.rest: "/".join(levels[len(self.levels) :])} if self.rest else {}
        for level, (before, name, after) in zip(levels, self.levels, strict=False):
            if not name:
                if level != before:
                    return None
                continue
            inner = level[len(before) : len(level) - len(after)]
            if not inner or level != before + inner + after:
                return None
            parts[name] = inner
        return parts


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{name}` of the topic's parts and `{$.path}` into the message."""

    text: str
    pieces: tuple[str | tuple[str, JsonPath | None], ...]
    """Plain text, or (name, None) of a topic's part, or (text, path)."""

    @classmethod
    def parse(cls, text: str) -> "Template":
        if not isinstance(text, str) or not text:
            raise ValueError(f"a text such as '{{device}}' is expected, not {text!r:.60}")
        split = _HOLE.split(text)
        if any(c in piece for piece in split[::2] for c in "{}"):
            raise ValueError(f"a brace is left open in {text!r:.60}")
        pieces = [_hole(piece) if i % 2 else piece for i, piece in enumerate(split) if piece or i % 2]
        return cls(text, tuple(pieces))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(piece[0] for piece in self.pieces if isinstance(piece, tuple) and piece[1] is None)

    @property
    def paths(self) -> list[JsonPath]:
        return [piece[1] for piece in self.pieces if isinstance(piece, tuple) and piece[1] is not None]

    def fill(self, parts: dict[str, str], message: Any = MISSING, element: Any = MISSING) -> str:
        """The text; ValueError where a path leads to nothing that names."""
        return "".join(
            piece
            if isinstance(piece, str)
            else parts[piece[0]]
            if piece[1] is None
            else _named(piece[1], message, element)
            for piece in self.pieces
        )


def _level(text: str) -> tuple[str, str, str]:
    pieces = _HOLE.split(text)
    if len(pieces) > 3:
        raise ValueError(f"a level of a topic has one {{name}} at most: {text!r:.40}")
    if any(c in piece for piece in pieces[::2] for c in "{}"):
        raise ValueError(f"a brace is left open in {text!r:.40}")
    if len(pieces) == 1:
        return text, "", ""
    before, name, after = pieces
    if name.startswith("*"):
        raise ValueError("{*rest} can only be the last level")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r:.40} is no name: small letters, digits and _")
    return before, name, after


def _hole(text: str) -> tuple[str, JsonPath | None]:
    return (text, JsonPath.parse(text)) if text[:1] in ("$", "@") else (text, None)


def _named(path: JsonPath, message: Any, element: Any) -> str:
    found = path.find(message, element)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise ValueError(f"{path.text} is " + ("not there" if found is MISSING else f"no name: {found!r:.40}"))
    return str(found)
