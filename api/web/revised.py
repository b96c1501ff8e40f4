"""Why an alarm was corrected, as a word that both languages have a sentence for."""

from analytics.late import FOUND
from core.alarm import GOES_ON, TAKEN_BACK, Revision

_WORDS = {FOUND: "found", TAKEN_BACK: "taken-back", GOES_ON: "goes-on"}


def why_revised(revision: Revision) -> str:
    """Of the reasons that name instants only the kind: the table beside it has the instants."""
    if revision.reason in _WORDS:
        return _WORDS[revision.reason]
    if revision.reason.startswith("borne out"):
        return "borne-out"
    since, before = revision.after.get("since"), revision.before.get("since")
    ended = revision.after.get("cleared_at") != revision.before.get("cleared_at")
    return "began" if since != before and not ended else "lasted"
