"""Answers as tables for people, or as JSON."""

import json
from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from coaster_client.answer import Answer
from coaster_client.models import AnalysisResult, FitResult, Network, SeriesResult, SweepResult

A = TypeVar("A", bound=Answer)

FAR = 100.0
"""The distance from 0, in units of its spread, beyond which t is far away."""
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def printed(answer: A, table: Callable[[A], str], given: Namespace) -> str:
    """Return an answer as a table or, if the arguments say so, as JSON."""
    return f"{json.dumps(answer.raw)}\n" if given.json else table(answer)


def fit_table(fit: FitResult) -> str:
    """Return the result of a fit."""
    rows = [
        ("verdict", fit.verdict.message.en),
        ("curve", fitted_curve(fit)),
        ("converged", "yes" if fit.converged else "no"),
        ("loss", number(fit.loss)),
        ("R²", number(fit.r2)),
        ("rate", number(fit.resolved.lr)),
        ("steps", f"{fit.steps:,}"),
    ]
    predicted = zip(fit.resolved.at or [], fit.predictions_at or [], strict=False)
    rows += [(f"y({place(t)})", number(y)) for t, y in predicted]
    return _rows(rows)


def sweep_table(sweep: SweepResult) -> str:
    """Return a line for each rate, and the best of them."""
    head = f"{'rate':>12}  {'loss':>12}  verdict\n"
    lines = [
        f"{number(run.lr):>12}  {number(run.loss):>12}  {_words(run.verdict.rate)}\n"
        for run in sweep.runs
    ]
    best = f"The best of them is {number(sweep.best.lr)}.\n" if sweep.best else ""
    exact = f"The best possible rate is {number(sweep.exact.lr)}.\n" if sweep.exact else ""
    return "".join([head, *lines, best, exact])


def series_table(series: SeriesResult) -> str:
    """Return a line for each series: the verdict on its rate and its numbers, or its problem."""
    names = [*series.params, *(f"y({t:.12g})" for t in series.resolved.at or [])]
    columns = [*series.params.values(), *(series.predictions_at or [])]
    problems = {problem.row: problem.detail for problem in series.problems}
    width = max(map(len, ["series", *series.ids]))
    heads = "".join(f"  {name:>12}" for name in ["loss", "r2", *names])
    lines = [f"{'series':<{width}}  {'verdict':<9}{heads}\n"]
    for row, name in enumerate(series.ids):
        cells = [series.loss[row], series.r2[row], *(column[row] for column in columns)]
        numbers = "".join(f"  {number(cell):>12}" for cell in cells)
        line = f"{name:<{width}}  {_words(series.rate[row]):<9}{numbers}"
        lines.append(f"{name:<{width}}  {problems[row]}\n" if row in problems else f"{line}\n")
    return "".join(lines)


def analysis_table(analysis: AnalysisResult) -> str:
    """Return the rates that matter, and the verdict if the request has a rate."""
    known = analysis.analysis
    rows = [
        ("limit", number(known.lr_limit)),
        ("fastest", number(known.lr_fastest)),
        ("best", number(known.lr_best)),
    ]
    if analysis.verdict is not None:
        rows.insert(0, ("verdict", analysis.verdict.message.en))
    return _rows(rows)


def fitted_curve(fit: FitResult) -> str:
    """Return the curve of a fit. If t is far from 0, as time stamps are, it is written in x: the
    coefficients of t would need more digits than people read.
    """
    scaled = fit.scaled
    is_near = not isinstance(scaled.center, str) and abs(scaled.center) < FAR * scaled.scale
    if is_near or isinstance(fit.params, Network):
        return curve(fit.params)
    unit = " s" if isinstance(scaled.center, str) else ""
    x = f"x = (t - {place(scaled.center)}) / {scaled.scale:.6g}{unit}"
    return f"{curve(scaled.params, 'x')}, {x}"


def curve(params: dict[str, float] | Network, variable: str = "t") -> str:
    """Return a polynomial as a formula, or the size of a network."""
    if isinstance(params, Network):
        return f"a network of {len(params.layers)} layers"
    highest = len(params) - 1
    terms = [
        f"{value:.6g}{_power(variable, highest - index)}"
        for index, value in enumerate(params.values())
    ]
    return " + ".join(terms).replace("+ -", "- ")


def _power(variable: str, exponent: int) -> str:
    if exponent == 0:
        return ""
    return (
        f" {variable}" if exponent == 1 else f" {variable}{str(exponent).translate(SUPERSCRIPTS)}"
    )


def place(t: float | str) -> str:
    """Return a value of t: a number with twelve digits, or a time stamp."""
    return t if isinstance(t, str) else f"{t:.12g}"


def number(value: float | None) -> str:
    """Return a number with six digits, or a dash for None."""
    return "-" if value is None else f"{value:.6g}"


def _words(value: str | None) -> str:
    return (value or "").replace("_", " ")


def _rows(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)
