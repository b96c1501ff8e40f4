"""The fast check sums against their plain definitions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.hj212.crc import crc, modbus_crc


def shifted(register: int) -> int:
    for _ in range(8):
        register, out = register >> 1, register & 1
        register ^= 0xA001 if out else 0
    return register


def plainly(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        register = shifted((register >> 8) ^ byte)
    return register


def modbus_plainly(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        register = shifted(register ^ byte)
    return register


def test_both_give_their_known_check_values():
    assert (crc(b"123456789"), modbus_crc(b"123456789")) == (0x2F80, 0x4B37)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_both_agree_with_their_definitions(data):
    assert crc(data) == plainly(data)
    assert modbus_crc(data) == modbus_plainly(data)


def test_the_standards_crc_has_only_256_values_which_is_why_lengths_count():
    assert len({crc(bytes((a, b))) for a in range(256) for b in range(0, 256, 5)}) == 256
