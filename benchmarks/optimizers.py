"""The loop with its parts, beside the plain torch.optim loop that one would write for the same run;
and a sweep beside single runs.
"""

from statistics import median
from time import perf_counter

import torch
from torch import nn

from service.descent.fit import collect, events
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep

ROUNDS = 5
STEPS = 1000
RATES = 64
MANY, BATCH, EVERY = 100_000, 256, 100
LECTURE = {
    "synthetic": Synthetic(),
    "seed": 42,
    "solver": "loop",
    "scale": "standardize",
    "steps": STEPS,
}
POINTS = {
    "synthetic": Synthetic(points=MANY, spacing=19 / MANY),
    "batch_size": BATCH,
    "record_every": EVERY,
}
NETWORK = {"model": Mlp(), "optimizer": Adam(), "lr": 0.01}
RUNS = {
    "20 points, sgd": {"lr": 0.1},
    "20 points, momentum": {"lr": 0.1, "optimizer": Sgd(momentum=0.9)},
    "20 points, adam": {"lr": 0.1, "optimizer": Adam()},
    "20 points, a network, adam": NETWORK,
    "100,000 points in batches of 256, sgd": POINTS | {"lr": 0.1},
    "100,000 points in batches of 256, adam": POINTS | {"lr": 0.1, "optimizer": Adam()},
    "100,000 points in batches of 256, a network, adam": POINTS | NETWORK,
}
SWEPT = {
    "20 points in batches of 4": {"batch_size": 4},
    "a network, adam": {"model": Mlp(), "optimizer": Adam()},
}


def points(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    t = 19 / n * torch.arange(n, dtype=torch.float64)
    x = (t - t.mean()) / t.std()
    return x, 0.75 * (t - 9.5) ** 2 + 1 + 3 * torch.randn(
        n, dtype=torch.float64, generator=torch.Generator().manual_seed(42)
    )


def plain(run: dict) -> list[float]:
    """As one would write it."""
    n, size = (MANY, BATCH) if "batch_size" in run else (20, 20)
    x, y = points(n)
    network = nn.Sequential(
        nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
    ).double()
    coefficients = torch.randn(3, dtype=torch.float64, requires_grad=True)
    design = torch.stack([x**2, x, torch.ones_like(x)], 1)
    if "model" in run:
        inputs, predict, params = (
            x[:, None],
            lambda some: network(some)[:, 0],
            list(network.parameters()),
        )
    else:
        inputs, predict, params = design, lambda some: some @ coefficients, [coefficients]
    chosen = run.get("optimizer", Sgd())
    momentum = chosen.momentum if isinstance(chosen, Sgd) else 0
    optimizer = (
        torch.optim.Adam(params, lr=run["lr"])
        if chosen == Adam()
        else torch.optim.SGD(params, lr=run["lr"], momentum=momentum)
    )
    losses: list[float] = []
    step = 0
    while step <= STEPS:
        for batch in torch.randperm(n).split(size) if size < n else [slice(None)]:
            optimizer.zero_grad()
            loss = ((predict(inputs[batch]) - y[batch]) ** 2).mean()
            loss.backward()
            if size == n:
                losses.append(loss.item())
            elif step % EVERY == 0:
                with torch.no_grad():
                    losses.append(((predict(inputs) - y) ** 2).mean().item())
            optimizer.step()
            step += 1
            if step > STEPS:
                break
    return losses


def ours(run: dict) -> list[float]:
    return collect(events(FitSpec(**LECTURE | run))).losses


def swept(run: dict) -> None:
    sweep(SweepSpec(**LECTURE | run, lrs=tuple(1e-4 * 1.05**i for i in range(RATES))))


def seconds(work, *arguments) -> float:
    began = perf_counter()
    work(*arguments)
    return perf_counter() - began


def pairs(one, other, *arguments) -> tuple[float, float]:
    """Medians, made in turn, of all rounds but the first."""
    rounds = [(seconds(one, *arguments), seconds(other, *arguments)) for _ in range(ROUNDS + 1)][1:]
    return median(a for a, _ in rounds), median(b for _, b in rounds)


def table() -> str:
    rows = []
    for name, run in RUNS.items():
        mine, theirs = pairs(ours, plain, run)
        rows.append(
            f"| {name} | {STEPS / mine:,.0f} | {STEPS / theirs:,.0f} | {theirs / mine:.2f} |"
        )
    for name, run in SWEPT.items():
        many, one = pairs(swept, lambda given: ours(given | {"lr": 0.001}), run)
        rows.append(
            f"| a sweep of {RATES} rates, {name} | the cost of {many / one:.1f} single runs | | |"
        )
    head = (
        "| steps/s of whole fits by the loop, every step or every 100th recorded "
        "| Coaster | a plain torch.optim loop | relative |"
    )
    return "\n".join([head, "|---|---:|---:|---:|", *rows])
