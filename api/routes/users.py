"""Users: who may sign in."""

from fastapi import APIRouter

from api.auth import Served, needs
from api.fields import Cursor, Limit, Listed, View, example, page_of
from core.jurisdiction import Action, Role

router = APIRouter(prefix="/users", dependencies=[needs(Action.READ_USERS)])


class UserView(View):
    """A person with an account."""

    model_config = example(id=2, username="zhang.wei", name="张伟", role="inspector", district="石峰区")

    id: int
    username: str
    name: str
    role: Role
    district: str | None


@router.get("")
def users(services: Served, *, limit: Limit = 100, cursor: Cursor = None) -> Listed[UserView]:
    """Everyone with an account."""
    found = services.accounts.users()
    rows, following = page_of(found, [row.username for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[UserView.model_validate(row) for row in rows], cursor=following)
