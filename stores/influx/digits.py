"""Numbers as decimal digits, many at a time, in columns of fixed width.

What a place does not need is filled with PAD, a byte that UTF-8 never holds, and is deleted once for the
whole text. Digits are looked up four at a time: of a group of ten thousand there is one way to write it in
full, one with its leading zeros padded, and one with its trailing zeros padded.
"""

import numpy as np
from numpy.typing import NDArray

from core.readings import FloatArray, IntArray

PAD = 0xFF
SCALE = 10_000
"""Decimals are counted in ten-thousandths: as many as a meter sends, one group of digits."""

Bytes = NDArray[np.uint8]
Groups = NDArray[np.uint32]


def short_decimals(values: FloatArray) -> NDArray[np.bool_]:
    """Which values are, to the last bit, a decimal number of at most eight places before the point and four after.

    Such a number and its digits divided by the scale are both the float nearest to the same fraction,
    so that reading the digits back gives the value again.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * SCALE)
        found: NDArray[np.bool_] = (scaled / SCALE == values) & (np.abs(values) < SCALE**2)
    return found


def groups_for(largest: float) -> int:
    """How many groups of four digits a number needs before its point."""
    groups = 1
    while largest >= SCALE**groups:
        groups += 1
    return groups


def decimal_width(groups: int) -> int:
    return 1 + 4 * groups + 1 + 4


def whole_width(groups: int) -> int:
    return 1 + 4 * groups


def put_decimals(place: Bytes, values: FloatArray, *, groups: int) -> None:
    """Write short decimals (n,) into (n, decimal_width) bytes."""
    # Small numbers divide faster.
    scaled = np.rint(np.abs(values) * SCALE).astype(np.uint32 if groups == 1 else np.int64)
    whole = scaled // SCALE
    _put_sign(place, np.signbit(values))
    _put_digits(place, whole, groups=groups)
    at = 1 + 4 * groups
    place[:, at] = ord(".")
    _put(place, at + 1, _FRACTION[scaled - whole * SCALE])


def put_whole(place: Bytes, values: IntArray, *, groups: int) -> None:
    """Write integers (n,) into (n, whole_width) bytes."""
    _put_sign(place, values < 0)
    _put_digits(place, np.abs(values), groups=groups)


def _put_digits(place: Bytes, values: IntArray, *, groups: int) -> None:
    rest, table = values, _LAST_GROUP
    for group in range(groups - 1, 0, -1):
        upper = rest // SCALE
        # In full where something stands before it.
        _put(place, 1 + 4 * group, table[rest - upper * SCALE + SCALE * (upper > 0)])
        rest, table = upper, _UPPER_GROUP
    _put(place, 1, table[rest])


def _put(place: Bytes, at: int, digits: Groups) -> None:
    place[:, at : at + 4].view(np.uint32)[:, 0] = digits


def _put_sign(place: Bytes, negative: NDArray[np.bool_]) -> None:
    place[:, 0] = PAD
    if negative.any():
        place[negative, 0] = ord("-")


def _groups(texts: list[str]) -> Groups:
    return np.frombuffer("".join(texts).encode("latin-1"), dtype=np.uint32)


_PADDING, _NUMBERS = chr(PAD), range(SCALE)
_FULL = [f"{number:04}" for number in _NUMBERS]
# A number's last digit stays, so that zero is "0"; a fraction's first digit stays, so that a whole number ends in ".0".
_LAST_GROUP = _groups([str(number).rjust(4, _PADDING) for number in _NUMBERS] + _FULL)
_UPPER_GROUP = _groups([_PADDING * 4] + [str(number).rjust(4, _PADDING) for number in _NUMBERS[1:]] + _FULL)
_FRACTION = _groups([(text[0] + text[1:].rstrip("0")).ljust(4, _PADDING) for text in _FULL])
