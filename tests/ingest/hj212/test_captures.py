"""Three hours of a provincial platform, and frames that arrived broken: all understood, or refused for a reason."""

import random
from collections import Counter

from core.errors import DecodeError
from ingest.hj212.dialect import HJ212
from ingest.hj212.frame import Splitter
from ingest.zones import FixedZone
from tests.ingest.hj212.captured import SHANGHAI, captures, lines
from tests.ingest.hj212.test_electricity import china

DURING = china(2016, 8, 24, 12)
FRAMES, BROKEN = 27_938, 16


def cut(stream: bytes, random: random.Random):
    at = 0
    while at < len(stream):
        width = random.choice((1, 7, 200, 1460, 30_000))
        yield stream[at : at + width]
        at += width


def pieces_of(stream: bytes, *, seed: int) -> list[bytes]:
    splitter = Splitter()
    pieces = [piece for part in cut(stream, random.Random(seed)) for piece in splitter.feed(part)]
    assert splitter.rest() == b""
    assert b"".join(pieces) == stream
    return pieces


def test_every_captured_frame_is_understood_and_every_broken_one_refused():
    counted, reasons = Counter(), []
    for seed, stream in enumerate(captures()):
        pieces = pieces_of(stream, seed=seed)
        assert pieces == [line + b"\r\n" for line in stream.split(b"\r\n")[:-1]]
        for piece in pieces:
            counted["pieces"] += 1
            try:
                found = HJ212.decode("hj212", piece, zone=FixedZone(SHANGHAI), now=DURING)
            except DecodeError as error:
                reasons.append(str(error))
                continue
            counted["understood"] += 1
            counted["states"] += len(found.states)
            counted["parcels"] += len(found.parcels)
            counted["refused"] += len(found.refused)
            counted["answered"] += bool(found.answers)
            counted.update(found.remarks)
    assert counted == {
        "pieces": FRAMES,
        "understood": FRAMES - BROKEN,
        "states": 24_760,
        "parcels": 0,
        "refused": 0,
        "answered": 239,
        "no electricity": 20_595,
    }
    assert len(reasons) == BROKEN
    assert Counter(reason.split()[0] for reason in reasons) == {"length": 12, "no": 3, "CRC": 1}


def test_each_of_the_broken_frames_is_refused_for_what_is_wrong_with_it():
    rows = lines("broken.jsonl")
    assert len(rows) == 98
    for row in rows:
        pieces = pieces_of(row["frame"].encode() + b"\r\n", seed=1)
        assert len(pieces) == 1
        reason = refusal(pieces[0])
        if row["form"] == "not_a_frame":
            expected = "length is not 4 digits" if row["frame"].startswith("##") else "no ## at the start"
        elif not row["length_ok"]:
            expected = f"length says {row['declared_len']} but there are {row['actual_len']} bytes"
        else:
            expected = f"CRC {row['declared_crc']} but "
        assert reason.startswith(expected), row["frame"]


def refusal(piece: bytes) -> str:
    try:
        HJ212.decode("hj212", piece, zone=FixedZone(SHANGHAI), now=DURING)
    except DecodeError as error:
        return str(error)
    return ""


def test_broken_frames_among_whole_ones_cost_only_themselves():
    """One after the other without line ends between them, as when bytes are lost."""
    broken = [row["frame"].encode() for row in lines("broken.jsonl") if row["form"] == "frame"]
    whole = [row["frame"].encode() + b"\r\n" for row in lines("by_command.jsonl")]
    stream = b"".join(bad + whole[i % len(whole)] for i, bad in enumerate(broken))
    pieces = pieces_of(stream, seed=3)
    assert pieces[1::2] == [whole[i % len(whole)] for i in range(len(broken))]
    assert all(refusal(piece) for piece in pieces[::2])
    assert not any(refusal(piece) for piece in pieces[1::2])
