"""What the learner proposes, and why a person should or should not believe it."""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.readings import FloatArray, IntArray


class Verdict(StrEnum):
    """Whether the two groups stand clearly apart."""

    APART = "apart"
    ASK = "ask a person"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code with the values that belong to it: too-few-days {days, wanted}, never-stops {} …

    `share` is what the confidence is multiplied with for it.
    """

    code: str
    share: float = 1.0
    values: tuple[tuple[str, float], ...] = ()

    @property
    def asks(self) -> bool:
        """Whether a person must decide because of it."""
        return self.code in ASKING

    def __str__(self) -> str:
        return WORDS[self.code].format(**{name: f"{value:.3g}" for name, value in self.values})


ASKING = frozenset(
    {
        "no-readings",
        "too-few-days",
        "frozen",
        "never-runs",
        "too-rarely-runs",
        "never-stops",
        "too-rarely-stops",
        "not-apart",
        "three-levels",
        "overlap",
    }
)

WORDS = {
    "no-readings": "there are no sound readings",
    "too-few-days": "{days} days are covered, {wanted} are needed",
    "few-days": "{days} days are covered, {wanted} would be better",
    "frozen": "the meter gives the same value all the time",
    "never-runs": "it never draws more than {kw} kW: it never ran, or its meter is not connected",
    "rarely-runs": "it runs {percent} % of the time only",
    "too-rarely-runs": "it ran for {minutes} min only",
    "never-stops": "it never stops: its lowest load is {percent} % of its usual one",
    "rarely-stops": "it stops {percent} % of the time only",
    "too-rarely-stops": "it stopped for {minutes} min only",
    "not-apart": "stopped and running are not apart: {percent} % of the readings lie in between",
    "three-levels": "it has a level between: {kw} kW for {percent} % of the time, is that running?",
    "overlap": "when stopped it draws up to {off_kw} kW, when running down to {on_kw} kW",
    "near": "some readings lie near the threshold: {percent} %",
    "gap": "stopped and running are {decades} decades apart",
    "negative": "{percent} % of the readings are negative: the transformer may be reversed; |P| is used",
    "unsound": "{percent} % of the readings are marked as no measurement and left out",
}
"""In English, for commands and logs; pages have words of their own for the codes."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """On/off thresholds learnt for one facility. Powers in kW, NaN where they can't be told.

    edges_kw, counts  the histogram: lower edge of each bin, readings in it
    split_kw          where the two groups were cut
    on_kw, off_kw     proposed; NaN where nothing can be proposed at all
    limit_kw          proposed limit from above: 1.2 × P99.5 of the power when on
    separation        share of the variance of log power between the groups, 0–1
    reasons           for the verdict and the confidence, the weightiest first
    """

    facility: str
    enterprise: str
    on_kw: float
    off_kw: float
    limit_kw: float
    split_kw: float
    median_on_kw: float
    p99_off_kw: float
    on_share: float
    separation: float
    days: int
    readings: int
    from_at: int
    to_at: int
    edges_kw: FloatArray
    counts: IntArray
    verdict: Verdict
    confidence: float
    reasons: tuple[Reason, ...]

    @property
    def has_thresholds(self) -> bool:
        """Whether there is anything to apply."""
        return math.isfinite(self.on_kw)
