import pytest

from service.descent.events import Steps
from service.descent.fit import events
from service.descent.parts import Solver, Synthetic
from service.descent.spec import FitSpec
from tests.support.specs import fit
from tests.support.tolerances import EPS, PROMISED


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_thinning_keeps_the_first_and_the_last_step(solver: Solver) -> None:
    result = fit(
        synthetic=Synthetic(), steps=10, record_every=4, solver=solver, include=("params",)
    )

    assert result.history
    assert result.history.step == [0, 4, 8, 10]


@pytest.mark.parametrize("solver", ["loop", "exact"])
@pytest.mark.parametrize("every", [1, 7, 50, 2000])
def test_a_diverging_run_ends_with_its_last_finite_step(solver: Solver, every: int) -> None:
    result = fit(
        synthetic=Synthetic(),
        lr=1e-3,
        steps=2000,
        record_every=every,
        solver=solver,
        include=("params",),
    )

    full = fit(synthetic=Synthetic(), lr=1e-3, steps=2000, solver="loop")
    assert result.history
    assert (result.outcome, result.diverged_at, result.steps) == (
        "diverged",
        full.diverged_at,
        len(full.losses) - 1,
    )
    assert result.history.step[-1] == result.steps
    assert result.loss == pytest.approx(full.losses[-1], rel=PROMISED)


def test_thinned_losses_are_those_of_the_full_record() -> None:
    """To a few roundings: blocks of other steps are summed in another order."""
    full, thin = (fit(synthetic=Synthetic(), steps=5000, record_every=every) for every in (1, 10))

    assert thin.losses == pytest.approx(full.losses[::10], rel=10 * EPS)


def test_the_closed_form_tells_blocks_of_1000() -> None:
    steps = [
        event
        for event in events(FitSpec(synthetic=Synthetic(), seed=1, lr=1e-5, steps=2500))
        if isinstance(event, Steps)
    ]

    assert [len(part.loss) for part in steps] == [1000, 1000, 501]
