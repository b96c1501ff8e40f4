"""The audit log: who did what, from where."""

from fastapi import APIRouter

from api.auth import Served, needs
from api.fields import Cursor, Instant, Limit, Listed, View, example, reading_cursor
from core.jurisdiction import Action

router = APIRouter(prefix="/audit", dependencies=[needs(Action.READ_AUDIT)])


class AuditView(View):
    """One line of the log."""

    model_config = example(
        id=5,
        at="2025-11-20T14:22:10Z",
        actor="zhang.wei",
        action="acknowledge",
        subject="alarm 17",
        address="10.1.4.23",
        detail="",
    )

    id: int
    at: Instant
    actor: str
    action: str
    subject: str
    address: str
    detail: str


@router.get("")
def audit(services: Served, *, limit: Limit = 100, cursor: Cursor = None) -> Listed[AuditView]:
    """The audit log, newest first."""
    with reading_cursor():
        page = services.audit.entries(limit=limit, cursor=cursor)
    return Listed(rows=[AuditView.model_validate(row) for row in page.rows], cursor=page.cursor)
