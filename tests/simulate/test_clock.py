"""The city's clock: anchored, sped up, and held until the history is there."""

from nightwatt.simulate.clock import CityClock


class Wall:
    def __init__(self) -> None:
        self.at = 1_000_000

    def __call__(self) -> int:
        return self.at


def test_a_fast_clock_goes_faster_than_the_wall():
    wall = Wall()
    clock = CityClock(anchor_city=5_000_000, anchor_wall=wall.at, speed=60, wall=wall)
    wall.at += 1_000
    assert clock.now() == 5_060_000
    assert clock.seconds_until(5_120_000) == 1.0


def test_a_held_clock_stands_until_it_is_let_go_and_then_goes_on_from_there():
    wall = Wall()
    clock = CityClock(anchor_city=5_000_000, anchor_wall=wall.at, speed=60, wall=wall, held=True)
    wall.at += 40_000
    assert clock.now() == 5_000_000
    clock.go()
    wall.at += 1_000
    assert clock.now() == 5_060_000


def test_letting_a_running_clock_go_changes_nothing():
    wall = Wall()
    clock = CityClock(anchor_city=0, anchor_wall=wall.at, speed=2, wall=wall)
    wall.at += 10
    clock.go()
    assert clock.now() == 20
