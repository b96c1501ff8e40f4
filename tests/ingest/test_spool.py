"""The disk spool: in order, durable, bounded; power cuts and damage cost what they touch and nothing else."""

import errno
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import SetupError
from core.readings import QUANTITIES, Readings, concatenate, readings
from ingest import spool as spool_module
from ingest.spool import Spool, SpoolFull

ROOT = Path(__file__).parents[2]


def numbered(first: int, count: int = 1) -> Readings:
    """Readings whose `seq` counts on."""
    seq = np.arange(first, first + count)
    return readings(seq % 7, 1_763_740_800_000 + seq, p=seq * 0.5, seq=seq, received_at=5)


def waiting(spool: Spool) -> list[int]:
    """`seq` of all that waits, by the way that readers take."""
    return [int(n) for batch in spool.batches() for n in batch.seq]


def taken(spool: Spool, *, most_rows: int = 50) -> Iterator[int]:
    """`seq` of all, as it is written to a store."""
    while (found := spool.oldest(most_rows=most_rows)) is not None:
        batch, mark = found
        yield from batch.seq.tolist()
        spool.written(mark)


def files(folder: Path, kind: str = "spool") -> list[Path]:
    return sorted(folder.glob(f"*.{kind}"))


numbers = st.one_of(st.just(float("nan")), st.floats(allow_nan=False), st.just(0.0))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(numbers, min_size=11, max_size=11), min_size=1, max_size=5), st.integers(0, 2**40))
def test_a_reading_comes_back_to_the_last_bit(tmp_path_factory, rows, ts):
    spool, n = Spool(tmp_path_factory.mktemp("spool")), len(rows)
    given_batch = readings(
        np.arange(n),
        np.full(n, ts),
        values=np.array(rows),
        received_at=ts + 9,
        quality=np.full(n, 63),
        source=np.ones(n, dtype=np.int64),
        seq=np.arange(n) - 1,
    )
    spool.append(given_batch)
    found, _ = spool.oldest(most_rows=10)
    for name in Readings.__slots__:
        column = getattr(found, name)
        assert column.dtype == getattr(given_batch, name).dtype
        assert column.tobytes() == getattr(given_batch, name).tobytes(), name
    spool.close()


def test_what_was_appended_is_taken_in_order_once_and_the_files_go(tmp_path):
    spool = Spool(tmp_path, segment_bytes=2_000)
    for first in range(0, 200, 5):
        spool.append(numbered(first, 5))
    assert len(files(tmp_path)) == 5
    assert spool.rows == 200
    assert list(taken(spool)) == list(range(200))
    assert (spool.rows, spool.size, files(tmp_path)) == (0, 0, [])


def test_batches_are_merged_up_to_the_rows_asked_for_and_never_split(tmp_path):
    spool = Spool(tmp_path)
    for first in (0, 30, 60):
        spool.append(numbered(first, 30))
    assert [len(spool.oldest(most_rows=n)[0]) for n in (1, 59, 60, 1000)] == [30, 30, 60, 90]


def test_a_batch_larger_than_a_record_is_kept_in_several(tmp_path):
    spool = Spool(tmp_path)
    spool.append(numbered(0, 120_000))
    assert [len(batch) for batch in spool.batches()] == [50_000, 50_000, 20_000]
    assert waiting(spool) == list(range(120_000))


def test_readings_with_one_quantity_take_no_room_for_the_others(tmp_path):
    one, all_of_them = Spool(tmp_path / "1"), Spool(tmp_path / "11")
    one.append(readings([0] * 1000, range(1000), p=[1.0] * 1000))
    all_of_them.append(readings([0] * 1000, range(1000), values=np.ones((1000, len(QUANTITIES)))))
    assert one.size < 50 * 1000
    assert all_of_them.size > one.size + 79_000


def test_a_restart_goes_on_where_the_files_begin(tmp_path):
    spool = Spool(tmp_path, segment_bytes=2_000)
    for first in range(0, 100, 5):
        spool.append(numbered(first, 5))
    spool.written(spool.oldest(most_rows=5)[1])
    spool.close()
    again = Spool(tmp_path, segment_bytes=2_000)
    again.append(numbered(100, 5))
    # The first file was not done: what was written of it comes once more, which the store recognises.
    assert list(taken(again)) == list(range(105))


def test_appending_goes_on_while_it_is_read(tmp_path):
    spool = Spool(tmp_path, segment_bytes=1_000)
    found, count = [], 0
    for step in range(60):
        for _ in range(3 if step < 40 else 0):
            spool.append(numbered(count))
            count += 1
        one = spool.oldest(most_rows=2)
        if one is not None:
            found += one[0].seq.tolist()
            spool.written(one[1])
    assert (found + list(taken(spool)), spool.rows) == (list(range(count)), 0)


def test_a_full_spool_takes_nothing_more_until_a_file_is_written(tmp_path):
    spool = Spool(tmp_path, most_bytes=4_000, segment_bytes=1_000)
    count = filled(spool)
    assert waiting(spool) == list(range(count))
    for _ in range(20):
        spool.written(spool.oldest(most_rows=1)[1])
    spool.append(numbered(count))
    assert waiting(spool)[-1] == count


def filled(spool: Spool) -> int:
    """Append single readings until there is no room; how many went in."""
    for count in range(1000):
        try:
            spool.append(numbered(count))
        except SpoolFull:
            return count
    raise AssertionError("the spool is never full")


@pytest.mark.parametrize("call", ["write_durably", "sync_folder"])
def test_a_full_disk_is_a_full_spool_and_leaves_no_trace(tmp_path, monkeypatch, call):
    spool = Spool(tmp_path, segment_bytes=500)
    spool.append(numbered(0))
    real, writes = getattr(spool_module, call), []

    def fails(file, *parts):
        if call == "write_durably":
            file.write(parts[0][0][: 10 + len(writes)])  # a part of it reaches the file
        writes.append(call)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool_module, call, fails)
    for _ in range(3):
        with pytest.raises(SpoolFull, match="the disk is full"):
            spool.append(numbered(1, 40))
    assert writes
    monkeypatch.setattr(spool_module, call, real)
    spool.append(numbered(1))
    assert waiting(spool) == [0, 1]
    spool.close()
    assert waiting(Spool(tmp_path)) == [0, 1]
    assert files(tmp_path, "damaged") == []


def test_a_folder_that_cannot_be_written_is_a_mistake_of_the_setup(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SetupError, match="spool folder"):
        Spool(tmp_path / "taken" / "spool")


def test_cut_off_anywhere_the_whole_records_before_it_are_there(tmp_path):
    spool, ends = Spool(tmp_path / "whole"), [0]
    for n in range(6):
        spool.append(numbered(n))
        ends.append(spool.size)
    spool.close()
    [file] = files(tmp_path / "whole")
    content = file.read_bytes()
    for cut in range(len(content) + 1):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / file.name).write_bytes(content[:cut])
        again = Spool(folder)
        whole = sum(end <= cut for end in ends) - 1
        assert waiting(again) == list(range(whole))
        again.append(numbered(whole))
        assert waiting(again) == list(range(whole + 1))
        assert files(folder, "damaged") == []
        again.close()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), junk=st.binary(min_size=1, max_size=300), insert=st.booleans())
def test_damage_in_the_middle_costs_the_records_it_touches(tmp_path_factory, at, junk, insert):
    folder = tmp_path_factory.mktemp("spool")
    spool, ends = Spool(folder, segment_bytes=1_500), []
    for n in range(40):
        spool.append(numbered(n))
        ends.append(spool.size)
    spool.close()
    file = random.Random(int(at * 1000)).choice(files(folder)[:-1])
    content = file.read_bytes()
    place = int(at * len(content))
    damaged = content[:place] + junk + content[place if insert else place + len(junk) :]
    file.write_bytes(damaged)
    again = Spool(folder, segment_bytes=1_500)
    found = waiting(again)
    lost = set(range(40)) - set(found)
    assert found == sorted(found)
    assert len(lost) <= 2 + len(junk) // 50
    if lost:
        assert [kept.read_bytes() for kept in files(folder, "damaged")] == [damaged]
    again.append(numbered(40))
    assert list(taken(again)) == [*found, 40]
    again.close()


def test_any_file_gives_readings_or_none_and_never_an_error(tmp_path):
    chance = random.Random(4)
    for n in range(50):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / "000000000001.spool").write_bytes(
            b"".join(chance.choice([b"NWsp", b"NWsp\1\0\1\0", chance.randbytes(9), bytes(7)]) for _ in range(n))
        )
        assert waiting(Spool(folder)) == []


def test_a_file_that_is_damaged_while_it_waits_does_not_stop_the_others(tmp_path):
    spool = Spool(tmp_path, segment_bytes=1_500)
    for n in range(40):
        spool.append(numbered(n))
    with files(tmp_path)[0].open("r+b") as file:
        file.seek(200)
        file.write(b"\xff" * 8)
    found = list(taken(spool, most_rows=3))
    assert sorted(set(found)) == found[-len(set(found)) :]
    assert len(set(range(40)) - set(found)) in (1, 2)
    assert len(files(tmp_path, "damaged")) == 1


def test_a_file_that_somebody_took_away_does_not_stop_the_others(tmp_path):
    spool = Spool(tmp_path, segment_bytes=1_500)
    for n in range(40):
        spool.append(numbered(n))
    files(tmp_path)[0].unlink()
    found = list(taken(spool))
    assert found == list(range(found[0], 40))
    assert found[0] > 0


def test_the_only_file_may_be_damaged_while_it_is_written(tmp_path):
    spool = Spool(tmp_path)
    for n in range(9):
        spool.append(numbered(n))
    with files(tmp_path)[0].open("r+b") as file:
        file.write(b"\xff")
    assert list(taken(spool)) == list(range(1, 9))
    spool.append(numbered(9))
    assert list(taken(spool)) == [9]


CHILD = """
import sys
from pathlib import Path
from ingest.spool import Spool
from tests.ingest.test_spool import numbered
spool, n = Spool(Path(sys.argv[1]), segment_bytes=20_000), int(sys.argv[2])
while True:
    spool.append(numbered(n, 1 + n % 40))
    n += 1 + n % 40
    print(n, flush=True)
"""


def test_killed_at_any_moment_everything_acknowledged_is_there_in_order(tmp_path):
    chance, first = random.Random(7), 0
    for _ in range(8):
        command = [sys.executable, "-c", CHILD, str(tmp_path), str(first)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            acknowledged = [int(child.stdout.readline()) for _ in range(chance.randint(1, 60))][-1]
            child.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, child.stdout.read().split("\n")[:-1])])
        spool = Spool(tmp_path, segment_bytes=20_000)
        found = waiting(spool)
        assert found == list(range(len(found)))
        assert len(found) >= acknowledged
        first = len(found)
        spool.close()
    assert concatenate(list(Spool(tmp_path).batches())).p[-1] == (first - 1) * 0.5


def test_a_file_that_is_removed_while_it_is_written_takes_nothing_more(tmp_path, caplog):
    spool = Spool(tmp_path / "spool")
    spool.append(numbered(0))
    files(tmp_path / "spool")[0].unlink()
    spool.append(numbered(1))
    assert "was removed" in caplog.text
    assert list(taken(spool)) == [1]


def test_a_folder_that_is_removed_takes_nothing_until_it_is_there_again(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.append(numbered(0))
    shutil.rmtree(tmp_path / "spool")
    for _ in range(2):
        with pytest.raises(SpoolFull, match="No such file"):
            spool.append(numbered(1))
    (tmp_path / "spool").mkdir()
    spool.append(numbered(2))
    assert list(taken(spool)) == [2]
