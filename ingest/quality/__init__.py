"""What can be seen to be wrong with a reading, from the reading itself and from its meter's past."""

from ingest.quality.circuits import UNKNOWN, Circuits, circuits
from ingest.quality.marks import Marks

__all__ = ["UNKNOWN", "Circuits", "Marks", "circuits"]
