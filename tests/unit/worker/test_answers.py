import json
from typing import Any, get_args

import pytest
from orjson import dumps

from service.api.endpoints import ENDPOINTS, Endpoint
from service.descent.answers.results import DataPoints
from service.descent.methods.models.mlp import Mlp
from service.descent.questions.asked import Excerpt
from service.descent.questions.fit import FitSpec, Resolved
from service.descent.questions.options import Include, Solver, Stop, Synthetic
from service.descent.questions.setting import Question
from service.descent.questions.sweep import SweepSpec
from service.worker.answers import Answered, answer, present
from service.worker.main import replies


@pytest.mark.parametrize(
    ("held_out", "names"),
    [(None, {"t", "y"}), ([], {"t", "y", "held_out"}), ([0], {"t", "y", "held_out"})],
)
def test_what_does_not_apply_is_left_out_and_what_is_empty_is_not(
    held_out: list[int] | None, names: set[str]
) -> None:
    assert set(present(DataPoints([1.0], [2.0], held_out))) == names


def test_a_rule_that_was_not_given_is_left_out_of_those_that_were() -> None:
    choices = Resolved(
        synthetic=Synthetic(),
        seed=1,
        steps=5,
        lr=0.1,
        scale="none",
        solver="exact",
        record_every=1,
        stop=Stop(patience=2),
    )

    assert present(choices)["stop"] == {"patience": 2}


def test_what_is_made_of_it_leaves_the_result_as_it_was() -> None:
    points = DataPoints([1.0], [2.0], None)

    del present(points)["t"]

    assert points == DataPoints([1.0], [2.0], None)


@pytest.mark.parametrize(
    "question",
    [
        FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=500, include=get_args(Include)),
        FitSpec(
            synthetic=Synthetic(),
            seed=42,
            lr=1e-5,
            steps=1,
            include=("intervals",),
            at=tuple(map(float, range(2000))),
        ),
        FitSpec(
            synthetic=Synthetic(),
            seed=42,
            lr=1e-5,
            steps=50,
            solver="loop",
            include=get_args(Include),
            model=Mlp(),
        ),
        SweepSpec(
            synthetic=Synthetic(), seed=42, lrs=(1e-5, 1e-4, 1e-6), steps=2999, include=("losses",)
        ),
    ],
)
def test_the_memory_of_an_answer_is_known_before_it_is_written(
    question: FitSpec | SweepSpec,
) -> None:
    """The numbers that are not counted do not grow with the answer."""
    everything = leaves(json.loads(dumps(finished(question))))

    assert everything > 1000
    assert 0.97 * everything < question.largest_answer


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_every_question_has_a_function_that_answers_it(endpoint: Endpoint[Question]) -> None:
    assert answer.dispatch(endpoint.question) is not answer.dispatch(Question)


@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_an_excerpt_has_the_chosen_members_of_its_question(solver: Solver) -> None:
    question = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=3, solver=solver)

    whole, excerpt = (
        json.loads(reply.payload)
        for reply in replies([question, Excerpt(question, frozenset({"loss"}))])
    )

    assert excerpt == {"loss": whole["loss"]}


def finished(question: FitSpec | SweepSpec) -> object:
    *_, last = answer(question)
    assert isinstance(last, Answered)
    return last.content


def leaves(value: Any) -> int:
    """The numbers of a JSON value."""
    if isinstance(value, list | dict):
        return sum(map(leaves, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float | int)
