"""The constants of the predicted cost, measured on this machine, and predictions of questions.

An experiment is a pair of questions that differ in what one constant counts. The CPU seconds of all
pairs are linear equations of the constants, which are solved together.
"""

import pkgutil
from dataclasses import dataclass, replace
from importlib import import_module
from pickle import PickleBuffer
from statistics import median
from time import process_time
from types import ModuleType
from typing import get_args

import numpy as np

from scripts.readme import REFERENCE
from service.descent import methods
from service.descent.methods.losses import Loss
from service.descent.methods.losses.huber import Huber
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions import cost
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.asked import AnyQuestion
from service.descent.questions.factors import PortableFactor
from service.descent.questions.file import AnalysisFileSpec, UnreadPoints
from service.descent.questions.fit import FitSpec, PictureSpec, StreamSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points, packed
from service.descent.questions.series import SeriesChoices, SeriesQuestion
from service.descent.questions.setting import STEPS_AHEAD, SWUNG_STEPS, Question
from service.descent.questions.sweep import SweepSpec
from service.descent.questions.table import File, Lists, Table
from service.pool import scheduling
from service.pool.frames import ReplyKind
from service.worker.files import question_of_file
from service.worker.main import replies

DOCUMENT = REFERENCE / "costs.md"
ROUNDS = 3
ENOUGH_SECONDS = 0.02
"""The CPU seconds for which a short question is repeated."""

CHOICES = {
    "SMALL_SECONDS": "a limit: the predicted work of twelve fits of the lecture",
    "SHORT_SECONDS": "a choice: a worker is replaced in this time, and a short fit waits for it",
    "UNRESPONSIVE_SECONDS": "a choice: five times the predicted work of a message",
    "STILL_SECONDS": "a choice: small fits wait twice as long for a worker that stands still",
    "RESTART_SECONDS": "a choice: processes that fail in a loop do not keep a core busy",
    "CLOSING_SECONDS": "a choice: half of the time that a shutdown has after the last request",
    "COALESCE_SECONDS": "a choice: a screen changes once in 0.017 s",
}
"""The limits in seconds, which have no experiment, and the reason for each."""
SLOWER = [each() for each in get_args(get_args(Optimizer)[0]) if each.update_seconds]
"""The optimizers whose update takes longer than that of sgd."""
ROBUST = [each() for each in get_args(get_args(Loss)[0]) if each.optimum_seconds]
"""The losses whose optimum is not that of least squares."""


@dataclass(frozen=True)
class Experiment:
    """Two questions, and how often the second one needs each constant more than the first.

    The first constant is the one that the pair isolates; `unit` is its unit. Without a first
    question, the second one is measured alone.
    """

    unit: str
    less: AnyQuestion | None
    more: AnyQuestion
    counts: dict[str, float]


def constants() -> dict[str, float]:
    """Return all constants in seconds of the modules that predict costs or share out work."""
    names = [each.name for each in pkgutil.walk_packages(methods.__path__, f"{methods.__name__}.")]
    modules: list[ModuleType] = [cost, scheduling, *map(import_module, names)]
    found: dict[str, float] = {}
    for name, value in (item for module in modules for item in vars(module).items()):
        if name.endswith("_SECONDS") and isinstance(value, dict):
            found |= {f"{name}, {kind}": each for kind, each in value.items()}
        elif name.endswith("_SECONDS"):
            found[name] = value
    found |= {f"update_seconds, {each.kind}": each.update_seconds for each in SLOWER}
    found |= {f"optimum_seconds, {each.kind}": each.optimum_seconds for each in ROBUST}
    return found


def rates(count: int) -> tuple[float, ...]:
    """Return rates at which the lecture's fit does not diverge."""
    return tuple(np.geomspace(1e-7, 1e-5, count).tolist())


def last_only(spec: FitSpec, steps: int) -> FitSpec:
    """Return a fit of this number of steps that records only the first and the last."""
    return replace(spec, steps=steps, record_every=steps)


def many(series: int, optimizer: Sgd = Sgd(), model: Polynomial = Polynomial()) -> SeriesQuestion:
    """Return a question of this number of series, of 20 points each."""
    drawn = np.random.default_rng(1).normal(size=(series, 20)).tolist()
    table = Table(packed(range(20)), Lists.of(drawn))
    choices = SeriesChoices(seed=1, steps=1000, optimizer=optimizer, model=model)
    return SeriesQuestion(choices=choices, points=table, max_seconds=10.0)


def stamped_file(points: int) -> Question:
    """Return a question about this number of points in a file of CSV, with time stamps."""
    times = np.datetime64("2024-01-01T00:00:00", "s") + np.arange(points)
    lines = "".join(f"{time}Z,{row % 7}.5\n" for row, time in enumerate(times.astype(str)))
    file = File("csv", [PickleBuffer(b"t,y\n" + lines.encode())])
    return AnalysisFileSpec(seed=1, scale="standardize").question(file, 10.0)


FIT = FitSpec(synthetic=Synthetic(), seed=1, lr=1e-5, steps=100)
LONG = last_only(FIT, 100_000)
LOOP = last_only(replace(FIT, solver="loop"), 1000)
ANALYSIS = AnalysisSpec(synthetic=Synthetic(), seed=1, scale="standardize")
SWEEP = SweepSpec(synthetic=Synthetic(), seed=1, scale="standardize", lrs=rates(1), steps=100)
LINE, QUARTIC, DEGREE_10 = (Polynomial(degree=degree) for degree in (1, 4, 10))
FACTOR = PortableFactor(
    points=20,
    degree=10,
    extent=(0.0, 19.0),
    mean=9.5,
    scale=5.5,
    nodes=(*map(float, range(10)),),
    level=0.0,
    triangle=(*((1.0,) * length for length in range(12, 0, -1)),),
)
MERGED = AnalysisSpec(
    data=Points(factors=(FACTOR,) * 81), seed=1, scale="standardize", model=DEGREE_10
)
HELD_OUT = Validation(0.25, "interleaved")
MOMENTUM, DECAY = Sgd(momentum=0.9), Sgd(weight_decay=0.1)
THOUSANDS = Synthetic(points=2000)
BATCHES = replace(LOOP, batch_size=10)
PREDICTED = replace(FIT, synthetic=Synthetic(points=100), steps=1000, lr=1e-9)
LARGE = last_only(replace(LOOP, synthetic=Synthetic(points=20_000), lr=1e-20), 100)
NARROW = last_only(replace(LOOP, model=LINE, scale="standardize"), 100)
NETWORK = replace(LOOP, model=Mlp(hidden=(4, 4, 4, 4)), lr=0.01, scale="standardize")
LARGE_NETWORK = replace(
    NETWORK, model=Mlp(hidden=(16,)), synthetic=Synthetic(points=20_000), lr=1e-20
)
DEEP_NETWORK = replace(LARGE_NETWORK, model=Mlp(hidden=(64, 64, 64, 64)), synthetic=THOUSANDS)
SWUNG = replace(SWEEP, model=QUARTIC, optimizer=MOMENTUM)
SWINGING = replace(FIT, optimizer=MOMENTUM)
LANES = replace(SWEEP, synthetic=Synthetic(points=1), model=Mlp(), lrs=rates(300), solver="loop")
DRAWN = replace(FIT, include=("predictions", "data"))
PICTURE = PictureSpec(**vars(DRAWN), form="png")

EXPERIMENTS = [
    Experiment(
        "question",
        None,
        ANALYSIS,
        {"QUESTION_SECONDS": 1, "POINT_SECONDS": 20, "PAIR_SECONDS": 20 * 9},
    ),
    Experiment(
        "point",
        replace(ANALYSIS, model=LINE, synthetic=THOUSANDS),
        replace(ANALYSIS, model=LINE, synthetic=Synthetic(points=50_000)),
        {"POINT_SECONDS": 48_000, "PAIR_SECONDS": 48_000 * 2**2},
    ),
    Experiment(
        "point and pair of coefficients",
        replace(ANALYSIS, model=DEGREE_10, synthetic=THOUSANDS),
        replace(ANALYSIS, model=DEGREE_10, synthetic=Synthetic(points=50_000)),
        {"PAIR_SECONDS": 48_000 * 11**2, "POINT_SECONDS": 48_000},
    ),
    Experiment(
        "point of a file",
        stamped_file(2000),
        stamped_file(50_000),
        {"READ_SECONDS": 48_000, "POINT_SECONDS": 48_000, "PAIR_SECONDS": 48_000 * 9},
    ),
    Experiment(
        "factor and coefficient",
        replace(MERGED, data=Points(factors=(FACTOR,))),
        MERGED,
        {"FACTOR_SECONDS": 80 * 11},
    ),
    Experiment(
        "analysis with momentum",
        replace(ANALYSIS, steps=1),
        replace(ANALYSIS, steps=1, optimizer=MOMENTUM),
        {"MOMENTUM_SECONDS": 1, "SEARCH_SECONDS": 3 / cost.SEARCH_STEPS},
    ),
    Experiment(
        "coefficient and digit of a search",
        replace(ANALYSIS, model=DEGREE_10, optimizer=MOMENTUM, lr="best", steps=1),
        replace(ANALYSIS, model=DEGREE_10, optimizer=MOMENTUM, lr="best"),
        {"SEARCH_SECONDS": 11 * (1 - 1 / cost.SEARCH_STEPS)},
    ),
    Experiment(
        "coefficient and step with momentum",
        last_only(SWINGING, SWUNG_STEPS + 1),
        last_only(SWINGING, SWUNG_STEPS),
        {"SWUNG_SECONDS": 3 * (SWUNG_STEPS + STEPS_AHEAD)},
    ),
    Experiment(
        "rate of a sweep with momentum",
        replace(SWUNG, lrs=rates(2), steps=SWUNG_STEPS + 1),
        replace(SWUNG, lrs=rates(22), steps=SWUNG_STEPS + 1),
        {
            "REACH_SECONDS": 20,
            "RATE_SECONDS, exact": 20,
            "NUMBER_SECONDS": 20,
            "MAP_SECONDS": 20,
        },
    ),
    Experiment(
        "rate of a sweep with held-out points",
        replace(SWEEP, validation=HELD_OUT),
        replace(SWEEP, validation=HELD_OUT, lrs=rates(100)),
        {
            "COMPARED_SECONDS": 99,
            "RATE_SECONDS, exact": 99,
            "NUMBER_SECONDS": 99,
            "POINT_SECONDS": 99 * 5,
            "PAIR_SECONDS": 99 * 5 * 9,
        },
    ),
    Experiment(
        "rate of a sweep with held-out points and momentum",
        replace(SWUNG, lrs=rates(2), steps=SWUNG_STEPS + 1, validation=HELD_OUT),
        replace(SWUNG, lrs=rates(22), steps=SWUNG_STEPS + 1, validation=HELD_OUT),
        {
            "COMPARED_SWINGING_SECONDS": 20,
            "REACH_SECONDS": 20,
            "RATE_SECONDS, exact": 20,
            "NUMBER_SECONDS": 20,
            "MAP_SECONDS": 20,
            "POINT_SECONDS": 20 * 5,
            "PAIR_SECONDS": 20 * 5 * 25,
        },
    ),
    Experiment(
        "rate of a sweep in closed form",
        SWEEP,
        replace(SWEEP, lrs=rates(1000)),
        {"RATE_SECONDS, exact": 999, "NUMBER_SECONDS": 999},
    ),
    Experiment(
        "rate of a sweep by the loop",
        replace(SWEEP, steps=1, solver="loop"),
        replace(SWEEP, steps=1, solver="loop", lrs=rates(1000)),
        {
            "RATE_SECONDS, loop": 999,
            "NUMBER_SECONDS": 999,
            "LANE_SECONDS": 2 * 999 * 3,
            "ROW_SECONDS": 2 * 999 * 20,
            "ENTRY_SECONDS": 2 * 999 * 20 * 3,
        },
    ),
    Experiment(
        "step, parameter and rate of a sweep",
        replace(LANES, steps=10),
        replace(LANES, steps=30),
        {
            "LANE_SECONDS": 20 * 300 * 321,
            "UNIT_SECONDS, tanh": 20 * 300 * 32,
            "WEIGHT_SECONDS": 20 * 300 * 321,
            "ROW_SECONDS": 20 * 300,
            "STEP_SECONDS": 20,
            "LAYER_SECONDS": 20 * 3 * cost.STACKED,
        },
    ),
    Experiment(
        "number in the answer",
        PREDICTED,
        replace(PREDICTED, include=("predictions",)),
        {"NUMBER_SECONDS": 1001 * 101},
    ),
    Experiment(
        "coefficient of a recorded or checked step in closed form",
        LONG,
        replace(LONG, record_every=1),
        {"RECORD_SECONDS, exact": 3 * 99_999, "NUMBER_SECONDS": 99_999},
    ),
    Experiment(
        "recorded or checked step of the loop",
        LOOP,
        replace(LOOP, stop=Stop(gap=1e-12)),
        {"RECORD_SECONDS, loop": 998},
    ),
    Experiment(
        "closed form of a step with momentum",
        replace(LONG, optimizer=MOMENTUM),
        replace(LONG, optimizer=MOMENTUM, record_every=1),
        {
            "MAP_SECONDS": 2 * 99_999,
            "RECORD_SECONDS, exact": 3 * 99_999,
            "NUMBER_SECONDS": 99_999,
        },
    ),
    Experiment(
        "step of the loop",
        last_only(LOOP, 200),
        last_only(LOOP, 1200),
        {"STEP_SECONDS": 1000, "ROW_SECONDS": 1000 * 20, "ENTRY_SECONDS": 1000 * 20 * 3},
    ),
    Experiment(
        "point of a batch",
        LARGE,
        replace(LARGE, batch_size=20_000),
        {
            "DRAWN_SECONDS": 100 * 20_000,
            "ROW_SECONDS": 2 * 20_000 * cost.FORWARD,
            "ENTRY_SECONDS": 2 * 20_000 * 3 * cost.FORWARD,
            "NUMBER_SECONDS": 2,
            "RECORD_SECONDS, loop": 2,
        },
    ),
    Experiment(
        "point of a step",
        replace(NARROW, synthetic=Synthetic(points=1000)),
        replace(NARROW, synthetic=Synthetic(points=50_000)),
        {
            "ROW_SECONDS": 100 * 49_000,
            "ENTRY_SECONDS": 100 * 49_000 * 2,
            "POINT_SECONDS": 49_000,
            "PAIR_SECONDS": 49_000 * 2**2,
        },
    ),
    Experiment(
        "parameter and point of a step",
        replace(NARROW, synthetic=Synthetic(points=50_000)),
        replace(NARROW, synthetic=Synthetic(points=50_000), model=DEGREE_10),
        {"ENTRY_SECONDS": 100 * 50_000 * 9, "PAIR_SECONDS": 50_000 * (11**2 - 2**2)},
    ),
    Experiment(
        "layer of a network and step",
        last_only(NETWORK, 100),
        last_only(NETWORK, 600),
        {
            "LAYER_SECONDS": 500 * 5,
            "STEP_SECONDS": 500,
            "UNIT_SECONDS, tanh": 500 * 20 * 16,
            "WEIGHT_SECONDS": 500 * 20 * 73,
            "ROW_SECONDS": 500 * 20,
        },
    ),
    Experiment(
        "hidden unit and point of a step",
        last_only(LARGE_NETWORK, 10),
        last_only(LARGE_NETWORK, 30),
        {
            "UNIT_SECONDS, tanh": 20 * 20_000 * 16,
            "WEIGHT_SECONDS": 20 * 20_000 * 49,
            "ROW_SECONDS": 20 * 20_000,
            "LAYER_SECONDS": 20 * 2,
            "STEP_SECONDS": 20,
        },
    ),
    *(
        Experiment(
            "hidden unit and point of a step",
            last_only(replace(LARGE_NETWORK, model=model), 10),
            last_only(replace(LARGE_NETWORK, model=model), 30),
            {
                f"UNIT_SECONDS, {model.activation}": 20 * 20_000 * 16,
                "WEIGHT_SECONDS": 20 * 20_000 * 49,
                "ROW_SECONDS": 20 * 20_000,
                "LAYER_SECONDS": 20 * 2,
                "STEP_SECONDS": 20,
            },
        )
        for model in (Mlp(hidden=(16,), activation="relu"), Mlp(hidden=(16,), activation="gelu"))
    ),
    Experiment(
        "parameter of a network and point of a step",
        last_only(DEEP_NETWORK, 10),
        last_only(DEEP_NETWORK, 30),
        {
            "WEIGHT_SECONDS": 20 * 2000 * 12_673,
            "UNIT_SECONDS, tanh": 20 * 2000 * 256,
            "ROW_SECONDS": 20 * 2000,
            "LAYER_SECONDS": 20 * 5,
            "STEP_SECONDS": 20,
        },
    ),
    Experiment(
        "series",
        many(100, model=LINE),
        many(4100, model=LINE),
        {
            "SERIES_SECONDS": 4000,
            "SERIES_PAIR_SECONDS": 4000 * 4,
            "NUMBER_SECONDS": 4000 * 9,
            "POINT_SECONDS": 4000 * 20,
            "PAIR_SECONDS": 4000 * 20 * 4,
        },
    ),
    Experiment(
        "series and pair of coefficients",
        many(100, model=DEGREE_10),
        many(1100, model=DEGREE_10),
        {
            "SERIES_PAIR_SECONDS": 1000 * 121,
            "SERIES_SECONDS": 1000,
            "NUMBER_SECONDS": 1000 * 18,
            "POINT_SECONDS": 1000 * 20,
            "PAIR_SECONDS": 1000 * 20 * 121,
        },
    ),
    Experiment(
        "series that is a fit of its own",
        many(1100),
        many(1100, DECAY),
        {"ALONE_SECONDS": 1100},
    ),
    Experiment(
        "series with momentum",
        many(100, DECAY),
        many(100, MOMENTUM),
        {"SWINGING_SECONDS": 100},
    ),
    Experiment("picture", DRAWN, PICTURE, {"PICTURE_SECONDS": 1}),
    *(
        Experiment(
            "update",
            LOOP,
            replace(LOOP, optimizer=optimizer),
            {f"update_seconds, {optimizer.kind}": 1000},
        )
        for optimizer in SLOWER
    ),
    *(
        Experiment(
            "point and pair of coefficients",
            replace(ANALYSIS, loss=loss, model=DEGREE_10, synthetic=THOUSANDS),
            replace(ANALYSIS, loss=loss, model=DEGREE_10, synthetic=Synthetic(points=50_000)),
            {
                f"optimum_seconds, {loss.kind}": 48_000 * 11**2,
                "PAIR_SECONDS": 48_000 * 11**2,
                "POINT_SECONDS": 48_000,
            },
        )
        for loss in ROBUST
    ),
]

ONE_HIDDEN, TWO_HIDDEN = Mlp(hidden=(16,)), Mlp(hidden=(64, 64))
STEEP = replace(FIT, scale="standardize", lr="best")
QUESTIONS: dict[str, AnyQuestion] = {
    "the lecture's fit, 10 steps": replace(FIT, steps=10),
    "a fit at the best rate, 100 steps": STEEP,
    "10,000 records with parameters": replace(FIT, steps=10_000, include=("params",)),
    "10 million steps in closed form": replace(FIT, steps=10_000_000),
    "50,000 points, degree 10": replace(STEEP, synthetic=Synthetic(points=50_000), model=DEGREE_10),
    "momentum, degree 4": replace(STEEP, optimizer=MOMENTUM, model=QUARTIC),
    "validation in closed form, 10,000 steps": replace(FIT, steps=10_000, validation=HELD_OUT),
    "the loop, 1,000 steps": replace(LOOP, record_every=1),
    "the loop in float32, with gradients": replace(
        LOOP, precision="float32", record_every=1, include=("params", "gradients")
    ),
    "the loop with validation, 1,000 steps": replace(LOOP, validation=HELD_OUT),
    "adam, 1,000 steps": replace(LOOP, optimizer=Adam()),
    "huber, 1,000 steps": replace(LOOP, loss=Huber()),
    "10,000 points in batches of 32, 500 steps": replace(
        LOOP, synthetic=Synthetic(points=10_000), lr=1e-20, batch_size=32, steps=500
    ),
    "20 points in independent batches, 500 steps": replace(
        BATCHES, batches="independent", steps=500, record_every=1
    ),
    "a network, adam, 300 steps": replace(
        NETWORK, model=ONE_HIDDEN, optimizer=Adam(), steps=300, record_every=1
    ),
    "two layers of 64 units, 2,000 points, 20 steps": last_only(
        replace(NETWORK, model=TWO_HIDDEN, synthetic=THOUSANDS), 20
    ),
    "an analysis": ANALYSIS,
    "an analysis of momentum, degree 4": replace(ANALYSIS, model=QUARTIC, optimizer=MOMENTUM),
    "an analysis of a network": replace(ANALYSIS, model=ONE_HIDDEN),
    "a sweep of 100 rates in closed form, with losses": replace(
        SWEEP, lrs=rates(100), include=("losses",)
    ),
    "a sweep of 50 rates by the loop": replace(SWEEP, lrs=rates(50), solver="loop"),
    "a sweep of 10 rates, a network": replace(SWEEP, lrs=rates(10), model=ONE_HIDDEN),
    "1,000 series of 20 points": many(1000),
    "a stream of 5,000 steps": StreamSpec(**vars(replace(FIT, steps=5000))),
    "a picture": PICTURE,
}


def predicted(question: AnyQuestion | None) -> float:
    """Return the predicted CPU seconds of a question, whose file is read; 0 for no question."""
    if isinstance(question, Question) and isinstance(question.data, UnreadPoints):
        question = question_of_file(question, question.data)
    return question.seconds if question else 0.0


def cpu_seconds(question: AnyQuestion | None) -> float:
    """Return the median CPU seconds in which a worker answers a question; 0 for no question."""
    return median(_cpu_seconds(question) for _ in range(ROUNDS)) if question else 0.0


def _cpu_seconds(question: AnyQuestion) -> float:
    began, count = process_time(), 0
    while count == 0 or process_time() - began < ENOUGH_SECONDS:
        (reply,) = replies([question])
        assert reply.kind is ReplyKind.ANSWER, (question, reply)
        count += 1
    return (process_time() - began) / count


def measured() -> dict[str, float]:
    """Return each constant as it is on this machine."""
    names = [next(iter(each.counts)) for each in EXPERIMENTS]
    counts = [[each.counts.get(name, 0.0) for name in names] for each in EXPERIMENTS]
    seconds = [cpu_seconds(each.more) - cpu_seconds(each.less) for each in EXPERIMENTS]
    found = np.linalg.solve(np.array(counts), np.array(seconds))
    return dict(zip(names, found.tolist(), strict=True))


def sharpness_steps() -> float:
    """Return how many steps of a network cost as much as its sharpness."""
    network = replace(NETWORK, model=TWO_HIDDEN, synthetic=Synthetic(points=cost.SHARPNESS_POINTS))
    analysis = replace(ANALYSIS, synthetic=network.synthetic, model=network.model)
    steps = cpu_seconds(last_only(network, 200)) - cpu_seconds(last_only(network, 100))
    return (cpu_seconds(analysis) - cpu_seconds(ANALYSIS)) / (steps / 100)


def constants_table() -> str:
    """Return the table of the constants."""
    values, now = constants(), measured()
    rows = ["| constant | unit | in the code | measured | ratio |", "|---|---|---:|---:|---:|"]
    for each in EXPERIMENTS:
        name = next(iter(each.counts))
        rows.append(_row(f"`{name}` | s per {each.unit}", values[name], now[name]))
    rows.append(_row("`SHARPNESS_STEPS` | steps", cost.SHARPNESS_STEPS, sharpness_steps()))
    return "\n".join(rows)


def limits_table() -> str:
    """Return the table of the limits, which are chosen."""
    values = constants()
    rows = [f"| `{name}` | {values[name]} s | {why} |" for name, why in CHOICES.items()]
    return "\n".join(["| limit | in the code | reason |", "|---|---:|---|", *rows])


def questions_table() -> str:
    """Return the table of whole questions."""
    rows = ["| question | predicted, s | measured, s | ratio |", "|---|---:|---:|---:|"]
    for name, question in QUESTIONS.items():
        rows.append(_row(name, predicted(question), cpu_seconds(question)))
    return "\n".join(rows)


def _row(name: str, expected: float, found: float) -> str:
    ratio = f"{expected / found:.1f}" if expected and found > 0 else ""
    return f"| {name} | {expected:.3g} | {found:.3g} | {ratio} |"


def tables() -> str:
    """Return all tables."""
    replies([FIT, LOOP, PICTURE])  # the first ones also pay for imports
    return f"{constants_table()}\n\n{limits_table()}\n\n{questions_table()}"
