"""Presets: what an emergency response of a level asks of an enterprise, line or facility."""

from fastapi import APIRouter, Request

from api import measures
from api.auth import Caller, Served
from api.fields import Cursor, Limit, Listed, Name, View, example, page_of
from api.routes.orders import Level, Terms
from core.measures import ListedPreset
from core.order import Preset

router = APIRouter(prefix="/presets")


class PresetView(View):
    """A preset: the order that a response of its level issues."""

    model_config = example(
        enterprise="ZZ-001",
        scope="ZZ-001-L1",
        level="orange",
        kind="limit",
        value=30.0,
        window=None,
        guaranteed_kw=12.0,
    )

    enterprise: str
    scope: str
    level: str
    kind: str
    value: float | None
    window: str | None
    guaranteed_kw: float | None

    @classmethod
    def of(cls, listed: ListedPreset) -> "PresetView":
        """A preset as JSON."""
        preset = listed.preset
        return cls(
            enterprise=listed.enterprise.id,
            scope=preset.scope,
            level=preset.level,
            kind=preset.kind,
            value=preset.value,
            window=str(preset.window) if preset.window else None,
            guaranteed_kw=preset.guaranteed_kw,
        )


@router.get("")
def presets(
    services: Served, user: Caller, *, enterprise: Name = None, limit: Limit = 100, cursor: Cursor = None
) -> Listed[PresetView]:
    """The presets of the enterprises that you may see."""
    found = services.presets.presets(user.scope, enterprise=enterprise)
    keys = [f"{row.preset.scope}/{row.preset.level}" for row in found]
    rows, following = page_of(found, keys, limit=limit, cursor=cursor)
    return Listed(rows=[PresetView.of(row) for row in rows], cursor=following)


@router.put("/{scope:path}/{level}")
def set_preset(scope: str, level: Level, terms: Terms, request: Request, services: Served) -> PresetView:
    """Enter or replace the preset of a scope and level."""
    preset = Preset(scope, level, terms.kind.value, terms.value, terms.parsed(), terms.guaranteed_kw)
    return PresetView.of(measures.set_preset(services, request, preset))


@router.delete("/{scope:path}/{level}", status_code=204)
def remove_preset(scope: str, level: Level, request: Request, services: Served) -> None:
    """Take the preset of a scope and level away."""
    measures.remove_preset(services, request, scope, level)
