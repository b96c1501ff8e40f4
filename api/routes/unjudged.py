"""What the rules can't judge of an enterprise, and why."""

from typing import Any

from fastapi import APIRouter

from api.auth import Caller, Served
from api.fields import Instant, Listed, View, example, finite
from api.problems import not_found
from core.records import Unjudged

router = APIRouter(prefix="/enterprises")


class UnjudgedView(View):
    """A subject of a rule that is not judged: neither good nor a violation.

    `reason` is a code (`no-meter`, `no-threshold`, `no-data`, `no-baseline` …), `detail` what belongs to it. `since` is
    null for what never was judged.
    """

    model_config = example(
        rule="stop-order",
        subject="O-2025-11",
        enterprise="ZZ-001",
        reason="no-baseline",
        detail={"days": 5, "of": 14},
        since=None,
    )

    rule: str
    subject: str
    enterprise: str
    reason: str
    detail: dict[str, Any]
    since: Instant | None

    @classmethod
    def of(cls, row: Unjudged) -> "UnjudgedView":
        """As JSON."""
        return cls(
            rule=row.rule,
            subject=row.subject,
            enterprise=row.enterprise,
            reason=row.reason,
            detail=finite(row.detail),
            since=row.since,
        )


@router.get("/{id}/unjudged")
def unjudged(id: str, services: Served, user: Caller) -> Listed[UnjudgedView]:
    """All that is not judged now, in the order of the rules."""
    if services.dossiers.dossier(user.scope, id) is None:
        raise not_found("enterprise")
    return Listed(rows=[UnjudgedView.of(row) for row in services.unjudged() if row.enterprise == id])
