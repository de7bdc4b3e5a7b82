import pytest

from benchmarks.costs import (
    CHOICES,
    DOCUMENT,
    EXPERIMENTS,
    QUESTIONS,
    Experiment,
    constants,
    predicted,
)
from scripts.parts import part

VALUES = constants()


def isolated(experiment: Experiment) -> str:
    """Return the name of the constant that an experiment isolates."""
    return next(iter(experiment.counts))


def difference(experiment: Experiment) -> float:
    """Return the predicted seconds between the two questions of an experiment."""
    return predicted(experiment.more) - predicted(experiment.less)


def test_each_constant_has_one_experiment_or_is_a_choice() -> None:
    names = [isolated(each) for each in EXPERIMENTS]

    assert sorted([*names, *CHOICES]) == sorted(VALUES)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=isolated)
def test_an_experiment_counts_everything_in_which_its_questions_differ(
    experiment: Experiment,
) -> None:
    counted = sum(VALUES[name] * count for name, count in experiment.counts.items())

    assert difference(experiment) == pytest.approx(counted)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=isolated)
def test_an_experiment_is_mostly_about_its_constant(experiment: Experiment) -> None:
    name = isolated(experiment)

    assert VALUES[name] * experiment.counts[name] > 0.5 * difference(experiment)


def test_the_page_has_a_row_for_each_constant_and_question() -> None:
    rows = part(DOCUMENT.read_text(), "costs")

    assert [name for name in VALUES if f"| `{name}` |" not in rows] == []
    assert [name for name in QUESTIONS if f"| {name} |" not in rows] == []
