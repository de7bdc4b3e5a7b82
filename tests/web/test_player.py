"""A place moves along the records of a run: at the pace of the lecture, or step by step."""

import itertools
from typing import Any

import pytest

from tests.web.modules import told

PLAYED = """({ last, speed, frame }) => {
  const player = new module.Player();
  player.load(last);
  player.speed = speed;
  player.play();
  const places = [player.place];
  let now = 1000;
  player.advance(now);
  while (player.playing) {
    now += frame;
    player.advance(now);
    places.push(player.place);
  }
  return { time: now - 1000, places, moving: player.moving };
}"""
DONE = """(moves) => {
  const player = new module.Player();
  let now = 1000;
  const seen = [];
  for (const [name, ...given] of moves) {
    if (name === "frames") for (let i = 0; i < given[0]; i += 1) player.advance((now += 10));
    else if (name === "speed") player.speed = given[0];
    else player[name](...given);
    seen.push([player.place, player.playing, player.moving, player.phase]);
  }
  return seen;
}"""
LOAD = ["load", 10]


def played(last: int, *, speed: float = 1, frame: float = 16) -> dict[str, Any]:
    found: dict[str, Any] = told(
        "player.js", PLAYED, {"last": last, "speed": speed, "frame": frame}
    )
    return found


def done(*moves: list[Any]) -> list[Any]:
    """Place, whether it plays, whether it moves and the phase after the last of these moves."""
    found: list[Any] = told("player.js", DONE, [list(move) for move in moves])[-1]
    return found


def lasts(records: int) -> float:
    """Milliseconds: each walk to the next record is shorter than the one before, and many are
    shortened together.
    """
    return sum(max(83, 520 * 0.86**k) for k in range(records)) * min(1, 40 / records)


@pytest.mark.parametrize("records", [1, 20, 40, 60, 400, 10_000])
def test_a_run_takes_the_time_of_its_walks(records: int) -> None:
    assert played(records)["time"] == pytest.approx(lasts(records), rel=0.02, abs=20)


@pytest.mark.parametrize(("records", "seconds"), [(20, 3.8), (60, 4.7), (10_000, 3.3)])
def test_a_run_of_any_length_takes_some_seconds(records: int, seconds: float) -> None:
    assert played(records)["time"] == pytest.approx(1000 * seconds, rel=0.05)


@pytest.mark.parametrize("speed", [0.25, 0.5, 2, 4])
def test_at_another_speed_it_takes_so_much_less_or_more(speed: float) -> None:
    assert played(60, speed=speed)["time"] == pytest.approx(lasts(60) / speed, rel=0.02)


@pytest.mark.parametrize("frame", [4, 16, 50])
def test_slow_frames_do_not_change_the_time(frame: float) -> None:
    assert played(20, frame=frame)["time"] == pytest.approx(lasts(20), abs=2 * frame)


def test_a_page_that_was_out_of_sight_goes_on_where_it_was() -> None:
    place, playing, *_ = done(LOAD, ["play"], ["frames", 10], ["advance", 100_000])

    assert playing
    assert place < 2


def test_it_never_goes_back_and_ends_at_the_last_record() -> None:
    run = played(60)

    assert all(before <= after for before, after in itertools.pairwise(run["places"]))
    assert (run["places"][0], run["places"][-1], run["moving"]) == (0, 60, False)


def test_a_run_that_is_loaded_stands_at_its_end() -> None:
    assert done(LOAD) == [10, False, False, -1]


def test_played_again_it_begins_at_the_start() -> None:
    assert done(LOAD, ["play"]) == [0, True, True, -1]


def test_paused_it_stands_at_a_record() -> None:
    place, *others = done(LOAD, ["play"], ["frames", 70], ["pause"])

    assert place == int(place)
    assert 0 < place < 10
    assert others == [False, False, -1]


def test_a_run_of_one_record_is_not_played() -> None:
    assert done(["load", 0], ["play"]) == [0, False, False, -1]


def test_a_slow_step_goes_through_its_phases_and_stands_at_the_next_record() -> None:
    frames = [["frames", 1]] * 145

    found = told("player.js", DONE, [LOAD, ["seek", 3], ["forth", False], *frames])
    places, phases = ([state[i] for state in found[2:]] for i in (0, 3))

    assert [phase for phase, _ in itertools.groupby(phases)] == [-1, 0, 1, 2, 3, -1]
    assert all(
        place == 3 for place, phase in zip(places, phases, strict=True) if phase in {0, 1, 2}
    )
    assert places[-1] == 4


def test_a_step_that_is_on_its_way_is_ended_by_the_next() -> None:
    assert (
        done(LOAD, ["seek", 3], ["forth", False], ["frames", 5], ["forth", False], ["frames", 150])[
            0
        ]
        == 5
    )


def test_without_motion_a_step_is_made_at_once() -> None:
    assert done(LOAD, ["seek", 3], ["forth", True]) == [4, False, False, -1]


def test_there_is_no_step_after_the_last_and_before_the_first() -> None:
    assert done(LOAD, ["forth", False]) == [10, False, False, -1]
    assert done(LOAD, ["seek", 0], ["back"]) == [0, False, False, -1]


@pytest.mark.parametrize(("place", "before"), [(3, 2), (3.5, 3), (0.2, 0)])
def test_one_step_back_stands_at_the_record_before(place: float, before: float) -> None:
    assert done(LOAD, ["seek", place], ["back"])[0] == before
