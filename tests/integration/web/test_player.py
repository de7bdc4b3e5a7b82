"""A place moves along the records of a run: at the pace of the lecture, or step by step."""

import itertools
from typing import Any

import pytest

from tests.support.modules import Modules

PLAYED = """({ last, speed, frame }) => {
  const player = new module.Player();
  player.load(last);
  player.speed = speed;
  player.play();
  const positions = [player.position];
  let now = 1000;
  player.advance(now);
  while (player.playing) {
    now += frame;
    player.advance(now);
    positions.push(player.position);
  }
  return { time: now - 1000, positions, moving: player.moving };
}"""
DONE = """(moves) => {
  const player = new module.Player();
  let now = 1000;
  const seen = [];
  for (const [name, ...given] of moves) {
    if (name === "frames") for (let i = 0; i < given[0]; i += 1) player.advance((now += 10));
    else if (name === "speed") player.speed = given[0];
    else player[name](...given);
    seen.push([player.position, player.playing, player.moving, player.phase]);
  }
  return seen;
}"""
LOAD = ["load", 10]


def played(modules: Modules, last: int, *, speed: float = 1, frame: float = 16) -> dict[str, Any]:
    found: dict[str, Any] = modules.call(
        "player.js", PLAYED, {"last": last, "speed": speed, "frame": frame}
    )
    return found


def done(modules: Modules, *moves: list[Any]) -> list[Any]:
    """Return place, whether it plays, whether it moves and the phase, after the last move."""
    found: list[Any] = modules.call("player.js", DONE, [list(move) for move in moves])[-1]
    return found


def lasts(records: int) -> float:
    """Milliseconds: each walk to the next record is shorter than the one before, and many are
    shortened together.
    """
    return sum(max(83, 520 * 0.86**k) for k in range(records)) * min(1, 40 / records)


def ends_at_its_frame(time: float, expected: float, frame: float) -> bool:
    """Return whether a run ended at the first frame after the expected time.

    Each frame asks for the arc sine of a number near 1, which keeps half of the digits: 1.5e-8 of a
    walk of 520 ms. All 340 frames together lose less than 0.003 ms.
    """
    return -0.003 < time - expected < frame + 0.003


@pytest.mark.parametrize(
    ("records", "seconds"), [(1, 0.5), (20, 3.8), (40, 5.4), (60, 4.7), (400, 3.5), (10_000, 3.3)]
)
def test_a_run_of_any_length_takes_the_time_of_its_walks_which_is_some_seconds(
    modules: Modules, records: int, seconds: float
) -> None:
    assert ends_at_its_frame(played(modules, records)["time"], lasts(records), 16)
    assert round(lasts(records) / 1000, 1) == seconds


@pytest.mark.parametrize("speed", [0.25, 0.5, 2, 4])
def test_at_another_speed_the_time_is_divided_by_it(modules: Modules, speed: float) -> None:
    time = played(modules, 60, speed=speed)["time"]

    assert ends_at_its_frame(time, lasts(60) / speed, 16)


@pytest.mark.parametrize("frame", [4, 16, 50])
def test_slow_frames_do_not_change_the_time(modules: Modules, frame: float) -> None:
    assert ends_at_its_frame(played(modules, 20, frame=frame)["time"], lasts(20), frame)


def test_a_page_that_was_out_of_sight_goes_on_where_it_was(modules: Modules) -> None:
    position, playing, *_ = done(modules, LOAD, ["play"], ["frames", 10], ["advance", 100_000])

    assert playing
    assert position < 2


def test_it_never_goes_back_and_ends_at_the_last_record(modules: Modules) -> None:
    run = played(modules, 60)

    assert all(before <= after for before, after in itertools.pairwise(run["positions"]))
    assert (run["positions"][0], run["positions"][-1], run["moving"]) == (0, 60, False)


def test_a_run_that_is_loaded_stands_at_its_end(modules: Modules) -> None:
    assert done(modules, LOAD) == [10, False, False, -1]


def test_played_again_it_begins_at_the_start(modules: Modules) -> None:
    assert done(modules, LOAD, ["play"]) == [0, True, True, -1]


def test_paused_it_stands_at_a_record(modules: Modules) -> None:
    position, *others = done(modules, LOAD, ["play"], ["frames", 70], ["pause"])

    assert position == int(position)
    assert 0 < position < 10
    assert others == [False, False, -1]


def test_a_run_of_one_record_is_not_played(modules: Modules) -> None:
    assert done(modules, ["load", 0], ["play"]) == [0, False, False, -1]


def test_a_slow_step_goes_through_its_phases_and_stands_at_the_next_record(
    modules: Modules,
) -> None:
    frames = [["frames", 1]] * 145

    found = modules.call("player.js", DONE, [LOAD, ["seek", 3], ["forth", False], *frames])
    places, phases = ([state[i] for state in found[2:]] for i in (0, 3))

    assert [phase for phase, _ in itertools.groupby(phases)] == [-1, 0, 1, 2, 3, -1]
    assert all(
        place == 3 for place, phase in zip(places, phases, strict=True) if phase in {0, 1, 2}
    )
    assert places[-1] == 4


def test_a_step_that_is_on_its_way_is_ended_by_the_next(modules: Modules) -> None:
    assert (
        done(
            modules,
            LOAD,
            ["seek", 3],
            ["forth", False],
            ["frames", 5],
            ["forth", False],
            ["frames", 150],
        )[0]
        == 5
    )


def test_without_motion_a_step_is_made_at_once(modules: Modules) -> None:
    assert done(modules, LOAD, ["seek", 3], ["forth", True]) == [4, False, False, -1]


def test_there_is_no_step_after_the_last_and_before_the_first(modules: Modules) -> None:
    assert done(modules, LOAD, ["forth", False]) == [10, False, False, -1]
    assert done(modules, LOAD, ["seek", 0], ["back"]) == [0, False, False, -1]


@pytest.mark.parametrize(("place", "before"), [(3, 2), (3.5, 3), (0.2, 0)])
def test_one_step_back_stands_at_the_record_before(
    modules: Modules, place: float, before: float
) -> None:
    assert done(modules, LOAD, ["seek", place], ["back"])[0] == before
