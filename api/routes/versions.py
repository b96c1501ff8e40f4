"""Versions: what parameters were set to, from when on, by whom and why."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Cursor, Instant, Limit, Listed, Name, View, example, reading_cursor
from core.interval import Window
from core.parameters import Noun, Version

router = APIRouter(prefix="/versions")


class VersionView(View):
    """A change of parameters; `values` null: the limit was withdrawn.

    The subject is a facility, a meter, or a limit as meter/quantity/side/severity.
    """

    model_config = example(
        id=7,
        noun="facilities",
        subject="ZZ-001-T1",
        enterprise="ZZ-001",
        effective_at="2025-11-01T00:00:00Z",
        recorded_at="2025-10-30T08:12:00Z",
        by="admin",
        reason="learnt from October",
        values={"on_kw": 3.1, "off_kw": 1.86},
    )

    id: int
    noun: Noun
    subject: str
    enterprise: str
    effective_at: Instant
    recorded_at: Instant
    by: str
    reason: str
    values: dict[str, Any] | None

    @classmethod
    def of(cls, version: Version) -> "VersionView":
        """A version as JSON."""
        plain = {name: getattr(version, name) for name in cls.model_fields if name != "values"}
        values = version.values
        return cls(**plain, values=None if values is None else {key: _plain(part) for key, part in values.items()})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Window) else sorted(value) if isinstance(value, frozenset) else value


@router.get("")
def versions(
    services: Served,
    user: Caller,
    *,
    subject: Annotated[
        str | None, Query(max_length=300, description="a facility, a meter, or a limit as meter/quantity/side/severity")
    ] = None,
    enterprise: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[VersionView]:
    """The newest first."""
    with reading_cursor():
        before = None if cursor is None else _id(cursor)
    found = services.registry.versions(
        user.scope,
        subjects=None if subject is None else [subject],
        enterprise=enterprise,
        before=before,
        limit=limit + 1,
    )
    rows = found[:limit]
    following = str(rows[-1].id) if len(found) > limit else None
    return Listed(rows=[VersionView.of(row) for row in rows], cursor=following)


def _id(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise ValueError("not a cursor of this list")
    return int(cursor)
