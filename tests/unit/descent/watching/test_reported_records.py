from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.results import Rule
from service.descent.watching.recording import Records
from service.descent.watching.stopping import Repeated, ReportedRecords, gap


@dataclass(frozen=True)
class EventBytes:
    """What was reported: steps, losses and the first parameter of each."""

    step: list[int]
    loss: list[float]
    params: list[float]


def blocks(
    losses: list[float], sizes: list[int], validation: list[float] | None = None
) -> list[Records]:
    """A trajectory whose parameter is the number of the step, in pieces of these sizes."""
    parts: list[Records] = []
    at = 0
    while at < len(losses):
        part = slice(at, at + sizes[len(parts) % len(sizes)])
        steps = [*range(len(losses))][part]
        params = np.array(steps, dtype=float)[:, None]
        parts.append(
            Records(
                step=steps,
                loss=losses[part],
                validation=validation[part] if validation else [],
                params=params,
                gradients=np.empty(0),
                batch=[],
            )
        )
        at += len(steps)
    return parts


def told(reported: ReportedRecords) -> EventBytes:
    parts = list(reported)
    return EventBytes(
        [step for part in parts for step in part.step],
        [loss for part in parts for loss in part.loss],
        [param for part in parts for param in part.params[:, 0].tolist()],
    )


def below(least: float, name: Rule = "gap") -> Repeated:
    return Repeated(name, gap(least, lambda _, loss: loss))


LOSSES = st.lists(st.integers(1, 9).map(float), min_size=1, max_size=40)
SIZES = st.lists(st.integers(1, 8), min_size=1, max_size=4)


@given(LOSSES, SIZES, st.integers(1, 12))
def test_every_nth_step_and_the_last_are_reported_whatever_the_blocks(
    losses: list[float], sizes: list[int], every: int
) -> None:
    steps = sorted({*range(0, len(losses), every), len(losses) - 1})

    assert told(ReportedRecords(blocks(losses, sizes), [], every=every)) == EventBytes(
        steps, [losses[step] for step in steps], steps
    )


@given(LOSSES, SIZES, st.integers(1, 12), st.integers(1, 9))
def test_the_step_at_which_a_rule_holds_is_the_last(
    losses: list[float], sizes: list[int], every: int, least: int
) -> None:
    there = [step for step, loss in enumerate(losses) if loss < least]
    end = there[0] if there else len(losses) - 1
    reported = ReportedRecords(blocks(losses, sizes), [below(least)], every=every)

    assert told(reported).step == sorted({*range(0, end + 1, every), end})
    assert reported.stopped_by == ("gap" if there else None)


@given(LOSSES, SIZES, st.integers(1, 12))
def test_the_best_is_the_first_of_the_lowest_reported_or_not(
    losses: list[float], sizes: list[int], every: int
) -> None:
    reported = ReportedRecords(blocks(losses, sizes), [], every=every)

    told(reported)

    assert reported.best
    assert (reported.best.step, reported.best.loss) == (losses.index(min(losses)), min(losses))


@given(LOSSES, SIZES)
def test_the_best_is_that_of_the_points_held_out(validation: list[float], sizes: list[int]) -> None:
    reported = ReportedRecords(
        blocks([*map(float, range(len(validation)))], sizes, validation), [], every=1
    )

    told(reported)

    assert reported.best
    assert (reported.best.step, reported.best.loss) == (
        validation.index(min(validation)),
        min(validation),
    )


@pytest.mark.parametrize("every", [1, 3, 100])
def test_the_last_is_the_last_step_with_its_own_loss(every: int) -> None:
    reported = ReportedRecords(blocks([5, 4, 3, 2], [3], validation=[9, 9, 9, 9]), [], every=every)

    told(reported)

    assert reported.last
    assert (reported.last.step, reported.last.loss) == (3, 2)


def test_what_comes_after_the_end_is_neither_made_nor_the_best() -> None:
    made: list[int] = []
    parts = (made.append(part.step[0]) or part for part in blocks([5, 1, 4, 0.5], [1]))  # type: ignore[func-returns-value]  # it returns None

    reported = ReportedRecords(parts, [below(2)], every=1)
    told(reported)

    assert made == [0, 1]
    assert reported.best
    assert reported.best.step == 1


def test_a_walk_of_nothing_reports_nothing() -> None:
    reported = ReportedRecords([], [], every=1)

    assert list(reported) == []
    assert (reported.best, reported.last, reported.stopped_by) == (None, None, None)
