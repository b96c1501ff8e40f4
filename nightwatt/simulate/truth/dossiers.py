"""The registry that a bureau would keep of the city. Nothing of what really happens is in it."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.order import Preset
from core.registry import Enterprise, Facility, Line, Meter, Registry, Shift
from nightwatt.simulate.truth.script import Script
from nightwatt.simulate.truth.site import Site

RESPONSES = (("yellow", "limit", 20.0), ("orange", "limit", 40.0), ("red", "stop", None))


def registry_of(scripts: Sequence[Script]) -> Registry:
    """All enterprises, with the filings and orders of the whole time."""
    sites = [script.site for script in scripts]
    return Registry(
        enterprises=tuple(_enterprise(site) for site in sites),
        lines=tuple(
            Line(site.line_id(n), site.id, f"{site.trade.noun}{n + 1}号线") for site in sites for n in range(site.lines)
        ),
        facilities=tuple(row for site in sites for row in _facilities(site)),
        meters=tuple(Meter(m.meter, m.id, interval_s=60 * m.interval) for site in sites for m in site.machines),
        thresholds=tuple(row for script in scripts for row in script.thresholds),
        filings=tuple(row for script in scripts for row in script.filings),
        orders=tuple(row for script in scripts for row in script.orders),
        presets=tuple(Preset(site.id, level, kind, value) for site in sites for level, kind, value in RESPONSES),
    )


def _enterprise(site: Site) -> Enterprise:
    rng = np.random.default_rng([114, site.number])
    return Enterprise(
        id=site.id,
        name=f"{site.district.name}{site.trade.noun}{site.number}厂",
        district=site.district.name,
        township=site.township,
        industry=site.trade.industry,
        lon=round(site.district.lon + float(rng.normal(0, 0.014)), 5),
        lat=round(site.district.lat + float(rng.normal(0, 0.011)), 5),
        shift=Shift(site.habit.value),
        pollutants=site.trade.pollutants,
    )


def _facilities(site: Site) -> Iterator[Facility]:
    for m in site.machines:
        yield Facility(
            m.id,
            site.id,
            m.kind,
            line=site.line_id(m.line) if m.line >= 0 else None,
            name=m.name,
            stage=m.stage,
            duty=m.duty,
            rated_kw=m.rated_kw,
            on_kw=m.on_kw,
            off_kw=m.off_kw,
        )
