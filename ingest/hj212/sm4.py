"""SM4-ECB without padding, by which HJ 212-2025 encrypts CP; the head stays plain.

How the cipher text is written is not settled between senders: bytes and hexadecimal text are both read. Nor is what
fills the last block, or over what the CRC goes: every reading that the CRC confirms is taken.
"""

import re
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from core.errors import DecodeError
from ingest.hj212.frame import Frame, crc_of_peer
from ingest.hj212.sealed import is_sealed
from ingest.hj212.segment import divided, peek

BLOCK = 16
FILLERS = b"\0 "

_AS_HEX = re.compile(rb"(?:[0-9A-Fa-f]{32})+")


def plain_segment(frame: Frame, keys: Mapping[str, bytes]) -> bytes:
    """The segment in plain text; `keys` are 16 bytes by station. DecodeError without a key that fits."""
    if not frame.sealed and not is_sealed(frame.segment):
        return frame.segment
    key = keys.get(peek(frame.segment).mn)
    if key is None:
        raise DecodeError("encrypted, and there is no SM4 key for this station")
    head, cp = divided(frame.segment)
    deciphered = decipher(cp, key)
    for text in (deciphered.rstrip(FILLERS), deciphered):
        segment = head + b"CP=&&" + text + b"&&"
        known = not frame.sealed or crc_of_peer(segment, frame.stated_crc)
        if known and not is_sealed(segment):
            return segment
    raise DecodeError("encrypted, and the SM4 key of this station does not fit")


def decipher(cp: bytes, key: bytes) -> bytes:
    """What the cipher text says, fillers of the last block included; DecodeError where it is not whole blocks."""
    blocks = bytes.fromhex(cp.decode()) if _AS_HEX.fullmatch(cp) else cp
    if len(blocks) % BLOCK:
        raise DecodeError(f"encrypted, but {len(blocks)} bytes are no whole blocks of {BLOCK}")
    machine = _cipher(key).decryptor()
    return machine.update(blocks) + machine.finalize()


def encipher(cp: bytes, key: bytes) -> bytes:
    """Cipher text as bytes; the last block is filled with blanks."""
    machine = _cipher(key).encryptor()
    return machine.update(cp.ljust(-(-len(cp) // BLOCK) * BLOCK)) + machine.finalize()


def _cipher(key: bytes) -> Cipher[modes.ECB]:
    # ECB is what the standard prescribes; nothing here relies on it to keep a secret.
    return Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305
