"""Line protocol: the only place where texts become a part of a line."""

from collections.abc import Mapping

_TAG = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})
_STRING = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": " ", "\r": " "})
_LONGEST_TAG = 10_000
_STAND_IN = "\N{FULLWIDTH REVERSE SOLIDUS}"


def tag_value(value: str) -> str:
    """What a tag's value is stored as.

    A line has no way to say that a value ends in a backslash, so a last one is stored as its full-width
    twin. ValueError where a value can't be stored: a line break, nothing at all, or far too much.
    """
    if not value or "\n" in value or "\r" in value or "\x00" in value or len(value) > _LONGEST_TAG:
        raise ValueError(f"{value!r:.80} can't be a tag: empty, too long, or with a line break")
    return value[:-1] + _STAND_IN if value.endswith("\\") else value


def series(measurement: str, tags: Mapping[str, str]) -> bytes:
    """The series key with the blank that ends it; tags are sorted by name, as the server would do."""
    parts = [measurement, *(f"{key}={tag_value(tags[key]).translate(_TAG)}" for key in sorted(tags))]
    return (",".join(parts) + " ").encode()


def string(value: str) -> str:
    """A string field's value; line breaks become blanks."""
    return f'"{value.translate(_STRING)}"'


def field_key(key: str) -> str:
    """A field's name; ValueError where it can't be one."""
    return tag_value(key).translate(_TAG)
