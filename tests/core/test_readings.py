"""What of a reading may be judged."""

import numpy as np
import pytest

from core.readings import COLUMN, QUANTITIES, Quality, Readings, readings

NAN = float("nan")


def one(quality: int, **quantities: float) -> Readings:
    columns = {name: np.array([value]) for name, value in quantities.items()}
    return readings([3], [1000], quality=np.array([quality]), **columns)


def test_readings_without_a_doubtful_value_are_sound_as_they_are() -> None:
    batch = readings([1, 2, 3], [1, 2, 3], p=[1.0, 0.0, 2.0], ep=[0.0, 1.0, 2.0])
    assert batch.sound() is batch
    told = readings([1, 2], [1, 2], p=[1.0, 0.0], quality=np.array([Quality.ARRIVAL_TIME, Quality.REGISTER_JUMP]))
    assert told.sound() is told
    assert len(readings([], []).sound()) == 0


@pytest.mark.parametrize("mark", [Quality.CLOCK_SKEW, Quality.FROZEN, Quality.INVALID])
def test_nothing_counts_of_what_is_no_measurement_of_its_time(mark: Quality) -> None:
    batch = one(mark | Quality.ARRIVAL_TIME, **dict.fromkeys(QUANTITIES, 5.0))
    assert np.isnan(batch.sound().values).all()


@pytest.mark.parametrize(
    ("p", "ep", "sound"),
    [(0.0, 12.0, (NAN, 12.0)), (7.0, 0.0, (7.0, NAN)), (0.0, 0.0, (NAN, NAN)), (0.0, NAN, (NAN, NAN))],
)
def test_of_a_spurious_zero_only_the_zero_does_not_count(p: float, ep: float, sound: tuple[float, float]) -> None:
    found = one(Quality.SPURIOUS_ZERO, p=p, ep=ep, ua=0.0).sound()
    assert (found.p[0], found.ep[0]) == pytest.approx(sound, nan_ok=True)
    assert found.values[0, COLUMN["ua"]] == 0


def test_only_marked_readings_lose_values_and_the_batch_itself_none() -> None:
    batch = readings(
        [1, 1, 2],
        [1, 2, 3],
        p=[0.0, 0.0, 4.0],
        quality=np.array([Quality.GOOD, Quality.SPURIOUS_ZERO, Quality.FROZEN]),
        seq=np.array([7, 8, 9]),
    )
    sound = batch.sound()
    assert sound.p.tolist() == pytest.approx([0.0, NAN, NAN], nan_ok=True)
    assert batch.p.tolist() == [0.0, 0.0, 4.0]
    assert (sound.quality.tolist(), sound.seq.tolist()) == (batch.quality.tolist(), [7, 8, 9])


def test_marks_are_asked_for_by_their_bits() -> None:
    batch = readings([1, 1, 1], [1, 2, 3], quality=np.array([0, Quality.FROZEN, Quality.FROZEN | Quality.ARRIVAL_TIME]))
    assert batch.has(Quality.FROZEN).tolist() == [False, True, True]
    assert batch.has(Quality.ARRIVAL_TIME | Quality.INVALID).tolist() == [False, False, True]
