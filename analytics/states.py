"""Words for what is known of a facility, and the instant that never was."""

import numpy as np

NEVER = int(np.iinfo(np.int64).min)
FAR = int(np.iinfo(np.int64).max)

UNKNOWN, OFF, ON = -1, 0, 1
