"""A connection's bytes into pieces: nothing lost, whatever the network and the stations do to them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.hj212.frame import Splitter, encode
from ingest.hj212.splitter import MOST_UNFINISHED

FIRST = encode("ST=32;CN=2011;PW=123456;MN=A1;CP=&&DataTime=20160824003817;B01-Rtd=36.91&&")
SECOND = encode("ST=31;CN=2011;PW=123456;MN=B2;Flag=5;CP=&&DataTime=20160824003900;01-Rtd=1&&")
CIPHER = encode(b"ST=44;CN=2011;PW=1;MN=C3;Flag=9;CP=&&" + b"\x00##9999\n\r##\xff12&&" + b"&&")
SHORT = b"##0999ST=32;CN=2011;PW=123456;MN=A1;CP=&&B01-Rtd=3\r\n"


def fed(*parts: bytes) -> tuple[list[bytes], bytes]:
    splitter = Splitter()
    return [piece for part in parts for piece in splitter.feed(part)], splitter.rest()


@pytest.mark.parametrize(
    ("stream", "pieces", "rest"),
    [
        (FIRST + SECOND, [FIRST, SECOND], b""),
        (FIRST[:-2] + SECOND, [FIRST[:-2], SECOND], b""),
        (FIRST[:-2] + b"\n" + SECOND, [FIRST[:-2] + b"\n", SECOND], b""),
        (FIRST[:-2] + b"\r" + SECOND, [FIRST[:-2] + b"\r", SECOND], b""),
        (FIRST + b"\r\n" + SECOND, [FIRST, b"\r\n" + SECOND], b""),
        (FIRST + b"\r\n", [FIRST], b""),
        (b"noise" + FIRST, [b"noise", FIRST], b""),
        (b"noise\r\n" + FIRST, [b"noise\r\n", FIRST], b""),
        (b"#" + FIRST, [b"#", FIRST], b""),
        (b"##" + FIRST, [b"##", FIRST], b""),
        (b"##test13912345678\0\r\n" + FIRST, [b"##test13912345678\0\r\n", FIRST], b""),
        (SHORT + FIRST, [SHORT, FIRST], b""),
        (SHORT[:-2] + FIRST, [SHORT[:-2], FIRST], b""),
        (b"##0300" + FIRST[6:] + SECOND, [b"##0300" + FIRST[6:], SECOND], b""),
        (b"##0003" + FIRST[6:] + SECOND, [b"##0003" + FIRST[6:], SECOND], b""),
        (b"##9999" + FIRST[6:] + SECOND, [b"##9999" + FIRST[6:], SECOND], b""),
        (CIPHER + CIPHER + FIRST, [CIPHER, CIPHER, FIRST], b""),
        (FIRST + SECOND[:40], [FIRST], SECOND[:40]),
        (FIRST[:-2], [], FIRST[:-2]),
    ],
)
def test_frames_are_found_again(stream, pieces, rest):
    assert fed(stream) == (pieces, rest)


def test_a_frame_with_a_lying_length_does_not_wait_for_bytes_that_never_come():
    lying = b"##0999" + FIRST[6:]
    assert fed(lying) == ([lying], b"")


def test_what_never_ends_is_handed_out_in_runs_of_8_kib():
    pieces, rest = fed(b"x" * (2 * MOST_UNFINISHED + 5))
    assert [len(piece) for piece in pieces] == [MOST_UNFINISHED] * 2
    assert rest == b"xxxxx"


def test_line_ends_without_end_do_not_pile_up():
    pieces, rest = fed(b"\r\n" * MOST_UNFINISHED)
    assert sum(map(len, pieces)) == 2 * MOST_UNFINISHED
    assert rest == b""


noise = st.binary(max_size=30) | st.sampled_from([b"##", b"#", b"\r\n", b"\n", b"\r", b"##0020", b"&&1C80\r\n", SHORT])
streams = st.lists(st.sampled_from([FIRST, SECOND, CIPHER, FIRST[:-2], FIRST[:-3]]) | noise, max_size=12).map(b"".join)


@settings(deadline=None)
@given(streams, st.data())
def test_no_byte_is_lost_and_the_cuts_make_no_difference(stream, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    pieces, rest = fed(*parts)
    assert (pieces, rest) == fed(stream)
    whole = b"".join(pieces) + rest
    assert stream.startswith(whole)
    assert stream[len(whole) :].strip(b"\r\n") == b""
    assert all(pieces)


@settings(deadline=None, max_examples=50)
@given(st.integers(50, 4000), st.lists(st.sampled_from([b"x", b"#", b"##00", FIRST, SHORT]), max_size=6))
def test_the_cuts_make_no_difference_to_long_runs_either(width, words):
    stream = b"".join(word * (3000 // len(word)) for word in words)
    assert fed(*(stream[i : i + width] for i in range(0, len(stream), width))) == fed(stream)


@settings(deadline=None)
@given(streams)
def test_byte_by_byte_gives_the_same(stream):
    assert fed(*(bytes([byte]) for byte in stream)) == fed(stream)
