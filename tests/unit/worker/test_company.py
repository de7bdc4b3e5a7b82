"""An answer does not depend on the questions that are answered with it."""

import json
from random import Random
from typing import Any

import pytest

from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.setting import Question
from service.descent.questions.sweep import SweepSpec
from service.pool.frames import Reply
from service.worker.main import replies

LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "lr": 1e-5, "steps": 10}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"lr": None},
    {"lr": None, "steps": 1},
    {"lr": 1e-3, "steps": 1000},
    {"steps": 2500},
    {"scale": "orthonormal", "lr": 0.1},
    {"init": {"a": 1.0, "b": 2.0, "c": 3.0}},
    {"validation": Validation(0.3, "tail")},
    {"stop": Stop(gap=669.695)},
    {"include": ("params", "gradients", "predictions"), "at": (0.5, 30.0)},
    {"lr": 1e-300},
]


def random_question(random: Random) -> Question:
    """A question of any kind, most often a fit, about points of its own."""
    given = LECTURE | {"seed": random.randrange(2**32)}
    kind = random.randrange(12)
    if kind == 0:
        return AnalysisSpec(**given)
    if kind == 1:
        del given["lr"]
        return SweepSpec(**given, lrs=(1e-6, 1e-5))
    given |= random.choice(SETTINGS)
    if kind < 8:
        n = random.choice([1, 3, 20])
        del given["synthetic"]
        t = [random.choice([float(i), 2.0]) for i in range(n)]
        given["data"] = Points.of(t, [random.gauss(0, 10) for _ in range(n)])
        if "validation" in given and n == 1:
            del given["validation"]
    return FitSpec(**given)


def said_by(reply: Reply) -> object:
    """Return what a reply says, but for the time that it took."""
    if not reply.payload.startswith(b"{"):
        return reply.kind, reply.payload
    return {
        name: value for name, value in json.loads(reply.payload).items() if name != "elapsed_ms"
    }


@pytest.mark.parametrize("seed", range(4))
def test_questions_are_answered_as_they_are_alone(seed: int) -> None:
    random = Random(seed)
    questions = [random_question(random) for _ in range(250)]
    alone = [said_by(reply) for question in questions for reply in replies([question])]
    order = random.sample(range(len(questions)), len(questions))

    different = []
    while order:
        message = [order.pop() for _ in range(min(len(order), random.choice([2, 8, 16])))]
        together = replies([questions[i] for i in message])
        different += [
            questions[i]
            for i, reply in zip(message, together, strict=True)
            if said_by(reply) != alone[i]
        ]

    assert different == []
