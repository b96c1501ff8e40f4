"""What the lists found in earlier months, for those that hold an enterprise or a line against its own past."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.screening import Finding, ScreeningList

MONTHS = 12
"""How far back own history reaches."""


@dataclass(frozen=True, slots=True)
class History:
    """Findings of at most twelve months before a period, the newest last, and of the newest running period.

    months  by list and subject: (name of the month, finding)
    recent  by subject: demand by date as the last running period left it
    """

    months: Mapping[tuple[ScreeningList, str], list[tuple[str, Finding]]] = field(default_factory=dict)
    recent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, list_: ScreeningList, subject: str) -> list[tuple[str, Finding]]:
        """The subject's findings, month by month."""
        return self.months.get((list_, subject), [])


NOTHING = History()


def history(months: Iterable[tuple[str, Iterable[Finding]]], recent: Iterable[Finding] = ()) -> History:
    """Of the findings of months, the oldest first, of which the last twelve count."""
    found: dict[tuple[ScreeningList, str], list[tuple[str, Finding]]] = {}
    for name, findings in list(months)[-MONTHS:]:
        for row in findings:
            found.setdefault((row.list, row.subject), []).append((name, row))
    demand = {row.subject: row.evidence.get("demand_kw", {}) for row in recent if row.list is ScreeningList.GROWTH}
    return History(found, demand)


def code_of(industry: str | None) -> str:
    """The digits of an industry code of GB/T 4754, four at most; "" where it has fewer than two."""
    digits = "".join(c for c in industry or "" if c.isdecimal())[:4]
    return digits if len(digits) >= 2 else ""


def peers(own: str, codes: Mapping[str, str], *, at_least: int) -> tuple[str, list[str]]:
    """The industry of subject `own` and all subjects in it: same 4 digits, else same 2, else ("", []).

    codes  industry code by subject, "" for none; `at_least` subjects make an industry, `own` among them.
    """
    code = codes.get(own, "")
    for length in (4, 2):
        if len(code) >= length:
            same = [subject for subject, other in codes.items() if other[:length] == code[:length]]
            if len(same) >= at_least:
                return code[:length], same
    return "", []
