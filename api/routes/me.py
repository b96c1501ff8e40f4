"""Who is asking."""

from fastapi import APIRouter, Request

from api.auth import Caller, csrf_token
from api.fields import View, example
from core.jurisdiction import MAY, Role, User

router = APIRouter(prefix="/me")


class Me(View):
    """The caller. `csrf` belongs in the X-CSRF-Token header of a session's changes; "" for tokens."""

    model_config = example(
        username="zhang.wei",
        name="张伟",
        role="inspector",
        district="石峰区",
        may=["acknowledge"],
        csrf="7d0c…",
    )

    username: str
    name: str
    role: Role
    district: str | None
    may: list[str]
    csrf: str


def me_of(user: User, csrf: str) -> Me:
    """The caller as JSON."""
    return Me(
        username=user.username,
        name=user.name,
        role=user.role,
        district=user.district,
        may=sorted(MAY.get(user.role, ())),
        csrf=csrf,
    )


@router.get("")
def me(request: Request, user: Caller) -> Me:
    """Who you are and what you may do."""
    return me_of(user, csrf_token(request))
