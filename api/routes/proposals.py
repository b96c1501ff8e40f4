"""Proposals: on/off thresholds learnt from what facilities drew."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from analytics.learning.proposal import Proposal, Verdict
from api.auth import Served
from api.fields import Instant, Listed, Number, View, example
from api.problems import not_found
from api.proposals import Proposals
from api.snapshot import Registered

router = APIRouter(prefix="/proposals")


class ReasonView(View):
    """Why, as a code with its numbers and in words; the confidence was multiplied with `share` for it."""

    code: str
    share: float
    values: dict[str, float]
    words: str


class HistogramView(View):
    """Readings by power: the lower edge of each bin in kW, and how many fell into it."""

    edges_kw: list[float]
    counts: list[int]


class ProposalView(View):
    """Thresholds proposed for a facility; null where nothing can be proposed. The verdict is for a person to weigh."""

    model_config = example(
        facility="ZZ-001-T1",
        enterprise="ZZ-001",
        on_kw=3.1,
        off_kw=1.86,
        limit_kw=41.2,
        split_kw=1.7,
        median_on_kw=31.0,
        p99_off_kw=0.4,
        on_share=0.42,
        separation=0.98,
        days=30,
        readings=43200,
        from_at="2025-10-21T00:00:00Z",
        to_at="2025-11-20T00:00:00Z",
        verdict="apart",
        confidence=0.97,
        reasons=[],
        histogram={"edges_kw": [0.0, 30.0], "counts": [25000, 18200]},
    )

    facility: str
    enterprise: str
    on_kw: Number
    off_kw: Number
    limit_kw: Number
    split_kw: Number
    median_on_kw: Number
    p99_off_kw: Number
    on_share: Number
    separation: float
    days: int
    readings: int
    from_at: Instant
    to_at: Instant
    verdict: Verdict
    confidence: float
    reasons: list[ReasonView]
    histogram: HistogramView

    @classmethod
    def of(cls, found: Proposal) -> "ProposalView":
        """A proposal as JSON, the histogram cut to the bins that hold something."""
        filled = [i for i, count in enumerate(found.counts.tolist()) if count]
        some = slice(filled[0], filled[-1] + 1) if filled else slice(0)
        plain = {name: getattr(found, name) for name in cls.model_fields if name not in ("reasons", "histogram")}
        return cls(
            **plain,
            reasons=[
                ReasonView(code=row.code, share=row.share, values=dict(row.values), words=str(row))
                for row in found.reasons
            ],
            histogram=HistogramView(edges_kw=found.edges_kw[some].tolist(), counts=found.counts[some].tolist()),
        )


@router.get("")
def proposals(
    request: Request,
    services: Served,
    registered: Registered,
    *,
    enterprise: Annotated[str, Query(max_length=200)],
) -> Listed[ProposalView]:
    """Of every metered facility of the enterprise, from the last 30 days; kept for an hour."""
    if not registered.sees(enterprise):
        raise not_found("enterprise")
    kept: Proposals = request.app.state.proposals
    return Listed(rows=[ProposalView.of(row) for row in kept.of(services, registered.registry, enterprise)])
