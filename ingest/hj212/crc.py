"""The check sum of HJ 212 frames, and the one that some senders take for it."""

import numpy as np


def _shifted(byte: int) -> int:
    register = byte
    for _ in range(8):
        register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register


_STEP = tuple(_shifted(byte) for byte in range(256))

# Only the high byte of the register lives on to the next byte, as _STEP[state ^ byte] >> 8. That map is linear, and 8
# rounds of it change nothing: bytes 8 apart act alike, so a message may first be folded to 8 bytes by exclusive or.
_ROUNDS = 8
_BEGIN = next(byte for byte, register in enumerate(_STEP) if register >> 8 == 0xFF)
"""The byte that leads from an empty register to the initial one, 0xFFFF."""
_HEADS = tuple(bytes((-length - 1) % _ROUNDS) + bytes((_BEGIN,)) for length in range(_ROUNDS))


def crc(data: bytes) -> int:
    """The CRC of HJ 212-2017, Annex A: from 0xFFFF, `reg = (reg >> 8) ^ byte` before each 8 shifts.

    0x2F80 of "123456789". It has only 256 different values: one damaged frame in 256 passes.
    """
    if not data:
        return 0xFFFF
    filled = _HEADS[len(data) % _ROUNDS] + data
    folded = int(np.bitwise_xor.reduce(np.frombuffer(filled, dtype="<u8")))
    register = 0
    for byte in folded.to_bytes(_ROUNDS, "little"):
        register = _STEP[(register >> 8) ^ byte]
    return register


def modbus_crc(data: bytes) -> int:
    """CRC-16/MODBUS, which keeps all 16 bits; 0x4B37 of "123456789"."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ _STEP[(register ^ byte) & 0xFF]
    return register
