"""What the registry says of a meter's circuit: how much it can draw, and how coarse its meter may be."""

from dataclasses import dataclass

import numpy as np

from core.readings import FloatArray
from core.registry import Registry


@dataclass(frozen=True, slots=True, eq=False)
class Circuits:
    """Of m meters, by number.

    rated_kw  float64 (m,)  rated power of the facility; NaN where it is not known
    ratio     float64 (m,)  CT × PT where the meter sends secondary values, else 1: its last digit is so much coarser
    """

    rated_kw: FloatArray
    ratio: FloatArray

    def __len__(self) -> int:
        return len(self.ratio)

    def grown(self, meters: int) -> "Circuits":
        """The same for at least so many meters; nothing is known of the new ones."""
        more = max(0, meters - len(self))
        return Circuits(
            np.concatenate([self.rated_kw, np.full(more, np.nan)]), np.concatenate([self.ratio, np.ones(more)])
        )


UNKNOWN = Circuits(np.zeros(0), np.zeros(0))


def circuits(registry: Registry) -> Circuits:
    """The circuits of a registry's meters."""
    rated = [registry.facilities[f].rated_kw for f in registry.facility_of_meter]
    ratio = [m.ct * m.pt if m.values == "secondary" else 1.0 for m in registry.meters]
    return Circuits(np.array([kw or np.nan for kw in rated], dtype=np.float64), np.array(ratio, dtype=np.float64))
