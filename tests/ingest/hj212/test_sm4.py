"""Encrypted packets of 2025."""

import pytest

from core.errors import DecodeError
from ingest.hj212.dialect import HJ212, with_keys
from ingest.hj212.frame import encode, unframe
from ingest.hj212.segment import peek
from ingest.hj212.sm4 import decipher, encipher
from ingest.zones import FixedZone
from tests.ingest.hj212.test_electricity import NOON, SHANGHAI, told

KEY, OTHER = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes(16)
HEAD = b"QN=20240601120000000;ST=44;CN=2011;PW=1;MN=A1;Flag=9;CP=&&"
CP = b"DataTime=20240601120000;d20105-Rtd=220.20,d20105-Flag=N;d20405-Rtd=0.24,d20405-Flag=N"
READ = {"A1/d2-05": {"ua": 220.2, "ia": 0.24}}


def sealed(cipher: bytes, *, checked: bytes | None = None) -> bytes:
    """A frame of cipher text whose CRC goes over other text."""
    segment = HEAD + cipher + b"&&"
    crc = encode(HEAD + CP + b"&&" if checked is None else checked)[-6:-2]
    return b"##%04d%b%b\r\n" % (len(segment), segment, crc)


def read(frame: bytes, *, key: bytes = KEY):
    return told(with_keys({"A1": key}).decode("hj212", frame, zone=FixedZone(SHANGHAI), now=NOON))


def test_the_cipher_gives_the_example_of_its_standard():
    """GB/T 32907-2016, Annex A.1."""
    assert encipher(KEY, KEY).hex() == "681edf34d206965e86b3e94f536e4246"
    assert decipher(bytes.fromhex("681edf34d206965e86b3e94f536e4246"), KEY) == KEY


CIPHER = encipher(CP, KEY)
NO_FIT = "encrypted, and the SM4 key of this station does not fit"


@pytest.mark.parametrize(
    "frame",
    [
        sealed(CIPHER),
        sealed(CIPHER.hex().encode()),
        sealed(CIPHER.hex().upper().encode()),
        sealed(encipher(CP.ljust(96, b"\0"), KEY)),
        sealed(CIPHER, checked=HEAD + CP.ljust(96) + b"&&"),
        sealed(CIPHER, checked=HEAD + CIPHER + b"&&"),
    ],
    ids=["bytes", "hex", "HEX", "filled with NUL", "checked with blanks", "checked as sent"],
)
def test_every_way_of_writing_cipher_text_is_read(frame):
    assert read(frame) == READ


def test_plain_packets_of_a_station_with_a_key_are_read_as_they_are():
    assert read(encode(HEAD + CP + b"&&")) == READ


def test_who_sends_is_known_without_a_key():
    frame = unframe(sealed(CIPHER))
    assert frame.sealed
    assert peek(frame.segment).mn == "A1"


@pytest.mark.parametrize(
    ("frame", "key", "reason"),
    [
        (sealed(CIPHER), OTHER, NO_FIT),
        (sealed(CIPHER, checked=HEAD + CIPHER + b"&&"), OTHER, NO_FIT),
        (sealed(CIPHER[:-1]), KEY, "encrypted, but 95 bytes are no whole blocks of 16"),
        (sealed(CIPHER[:16] + CIPHER), KEY, NO_FIT),
    ],
)
def test_what_a_key_does_not_open_is_refused(frame, key, reason):
    with pytest.raises(DecodeError) as refused:
        read(frame, key=key)
    assert str(refused.value) == reason


def test_without_a_key_the_reason_says_so():
    with pytest.raises(DecodeError, match="encrypted, and there is no SM4 key for this station"):
        HJ212.decode("hj212", sealed(CIPHER), zone=FixedZone(SHANGHAI), now=NOON)


def test_a_damaged_plain_packet_is_not_taken_for_an_encrypted_one():
    frame = encode(HEAD + CP + b"&&").replace(b"220.20", b"220.21")
    with pytest.raises(DecodeError, match=r"CRC .... but .... computed"):
        read(frame)
