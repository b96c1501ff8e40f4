"""What a check found, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """CAUTION: it runs, but think about it."""

    OK = "ok"
    CAUTION = "caution"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the configuration: how it is, in words; `advice` is empty where all is well."""

    part: str
    verdict: Verdict
    found: str
    advice: str = ""


Findings = Iterator[Finding]


def ok(part: str, found: str) -> Finding:
    """All is well."""
    return Finding(part, Verdict.OK, found)


def caution(part: str, found: str, advice: str) -> Finding:
    """It runs as it is."""
    return Finding(part, Verdict.CAUTION, found, advice)


def wrong(part: str, found: str, advice: str) -> Finding:
    """It does not run, or loses something, as it is."""
    return Finding(part, Verdict.WRONG, found, advice)
