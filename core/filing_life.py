"""The life of a filing: handed in, decided by somebody else, taken back.

pending → approved | rejected | withdrawn (by whoever filed it); approved → revoked.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.errors import NotAllowed, Unfit
from core.filing import Filing
from core.interval import DAY_MS

PENDING, APPROVED, REJECTED, WITHDRAWN, REVOKED = "pending", "approved", "rejected", "withdrawn", "revoked"
STATUSES = (PENDING, APPROVED, REJECTED, WITHDRAWN, REVOKED)

FILE = "file"
"""The step with which a filing begins."""

LATEST_MS = DAY_MS
"""A filing is handed in ahead, or at most so long after what it announces began; then it is overdue [D]."""


class FilingMove(StrEnum):
    """What can be done with a filing once it is there."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"


MOVES: dict[str, dict[FilingMove, str]] = {
    PENDING: {FilingMove.APPROVE: APPROVED, FilingMove.REJECT: REJECTED, FilingMove.WITHDRAW: WITHDRAWN},
    APPROVED: {FilingMove.REVOKE: REVOKED},
    REJECTED: {},
    WITHDRAWN: {},
    REVOKED: {},
}
"""What each status allows, and the status that it leads to."""

NEEDS_REASON = frozenset({FilingMove.REJECT, FilingMove.REVOKE})
"""Moves that somebody else has to live with."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the life of a filing or an order; never edited, only followed. `at` is ms UTC."""

    at: int
    actor: str
    move: str
    reason: str = ""


def handed_in(filing: Filing, *, now: int) -> Filing:
    """The filing as it waits for a decision; Unfit where its span can't be taken."""
    if filing.to_at <= filing.from_at:
        raise Unfit("to", "it ends before it starts; put the end after the start")
    if now > filing.from_at + LATEST_MS:
        raise Unfit("from", "it is handed in more than 24 h after its start; file from now on and explain the rest")
    return replace(filing, status=PENDING, filed_at=now)


def is_overdue(filing: Filing) -> bool:
    """Whether it was handed in after what it announces had begun."""
    return filing.filed_at is not None and filing.filed_at > filing.from_at


def moved(
    filing: Filing, move: FilingMove, *, by: str, applicant: str | None, now: int, reason: str = ""
) -> tuple[Filing, Step]:
    """The filing after the move, and the step to be kept; NotAllowed says why not and what is allowed.

    A revoked filing explains until `now` and nothing afterwards: its `to_at` moves there, or to `from_at` where it
    had not begun. `applicant` is who filed it, None where it came with a registry.
    """
    allowed = tuple(found.value for found in MOVES[filing.status])
    if move not in MOVES[filing.status]:
        raise NotAllowed(f"a filing that is {filing.status} can't be taken through '{move}'", allowed=allowed)
    _check_person(move, by=by, applicant=applicant, allowed=allowed)
    if move in NEEDS_REASON and not reason.strip():
        raise Unfit("reason", f"say why: {move} needs a reason that the enterprise can read")
    after = replace(filing, status=MOVES[filing.status][move])
    if move is FilingMove.REVOKE:
        if now >= filing.to_at:
            raise NotAllowed("the filing is over; what it explained stays explained")
        after = replace(after, to_at=max(filing.from_at, now))
    return after, Step(now, by, move.value, reason.strip())


def _check_person(move: FilingMove, *, by: str, applicant: str | None, allowed: tuple[str, ...]) -> None:
    if move is FilingMove.APPROVE and by == applicant:
        rest = tuple(name for name in allowed if name != move)
        raise NotAllowed("who filed it can't approve it; somebody else has to", allowed=rest)
    if move is FilingMove.WITHDRAW and by != applicant:
        rest = tuple(name for name in allowed if name != move)
        raise NotAllowed("only who filed it can withdraw it; reject it instead", allowed=rest)
