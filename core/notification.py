"""Notifications: what is told to whom, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.alarm import State


class Outcome(StrEnum):
    """Of one attempt. `SENDING` is written before the attempt, so that a crash leaves its trace."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Message:
    """A text for a person. `key` is the same for every attempt, so that a receiver can tell a repeat."""

    key: str
    title: str
    body: str
    severity: int
    link: str | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A channel that someone has set up: which family, its secret address, what it wants to hear of."""

    id: int
    name: str
    family: str
    address: str = field(repr=False)
    district: str | None = None
    min_severity: int = 1
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Due:
    """A transition that waits in the outbox, joined with what its message needs.

    evidence  the transition's, as its rule wrote it; empty where there is none
    """

    transition: int
    alarm: int
    at: int
    since: int
    rule: str
    subject: str
    severity: int
    state: State
    reason: str
    enterprise: str
    enterprise_name: str
    district: str
    timezone: str
    claimed_before: bool
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)
