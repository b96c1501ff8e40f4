"""API tokens, without their secrets."""

from fastapi import APIRouter

from api.auth import Served, needs
from api.fields import Cursor, Instant, Limit, Listed, View, example, page_of
from core.jurisdiction import Action

router = APIRouter(prefix="/tokens", dependencies=[needs(Action.READ_USERS)])


class TokenView(View):
    """A token: what it is for and whose rights it has."""

    model_config = example(
        id=1,
        name="grafana",
        username="monitor",
        created_at="2025-11-01T08:00:00Z",
        last_used_at="2025-11-20T14:05:00Z",
    )

    id: int
    name: str
    username: str
    created_at: Instant
    last_used_at: Instant | None


@router.get("")
def tokens(services: Served, *, limit: Limit = 100, cursor: Cursor = None) -> Listed[TokenView]:
    """All tokens."""
    found = services.accounts.tokens()
    rows, following = page_of(found, [str(row.id) for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[TokenView.model_validate(row) for row in rows], cursor=following)
