"""The one place where a statement is narrowed to what its reader may see."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from core.jurisdiction import Scope
from stores.sql.tables import enterprises


def within(query: Select[Any], scope: Scope, enterprise: ColumnElement[str]) -> Select[Any]:
    """The query for rows whose `enterprise` column names an enterprise of the scope's districts.

    Rows of an enterprise that is not in the registry belong to no district: the whole city sees them.
    """
    if scope.districts is None:
        return query
    theirs = select(enterprises.c.id).where(enterprises.c.district.in_(sorted(scope.districts)))
    return query.where(enterprise.in_(theirs))
