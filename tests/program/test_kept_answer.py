"""What costs something is asked once in a while, whoever wants to know it."""

import threading

import pytest

from nightwatt.kept_answer import KeptAnswer


class Asked:
    """Answers 1, 2, 3 …; a clock that is set by hand."""

    def __init__(self) -> None:
        self.times, self.s = 0, 100.0
        self.failing = False

    def __call__(self) -> int:
        if self.failing:
            raise OSError("away")
        self.times += 1
        return self.times

    def kept(self) -> KeptAnswer[int]:
        return KeptAnswer(self, for_s=5, monotonic=lambda: self.s)


@pytest.mark.parametrize(("later", "answer"), [(0.0, 1), (4.9, 1), (5.0, 2), (3_600.0, 2)])
def test_an_answer_holds_for_its_time(later: float, answer: int) -> None:
    asked = Asked()
    kept = asked.kept()
    assert kept() == 1
    asked.s += later
    assert kept() == answer
    assert asked.times == answer


def test_an_error_is_told_and_not_kept() -> None:
    asked = Asked()
    kept, asked.failing = asked.kept(), True
    with pytest.raises(OSError, match="away"):
        kept()
    asked.failing = False
    assert kept() == 1


def test_many_who_ask_at_once_cost_one_answer() -> None:
    asked = Asked()
    slow, enter = threading.Event(), threading.Event()

    def ask() -> int:
        enter.set()
        assert slow.wait(10)
        return asked()

    kept, found = KeptAnswer(ask, for_s=5, monotonic=lambda: asked.s), []
    threads = [threading.Thread(target=lambda: found.append(kept())) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert enter.wait(10)
    slow.set()
    for thread in threads:
        thread.join(10)
    assert found == [1] * 8
