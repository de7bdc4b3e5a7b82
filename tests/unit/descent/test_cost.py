from service.descent import cost
from service.descent.methods import Sgd
from service.descent.parts import Points, Polynomial, Synthetic
from service.descent.spec import FitSpec, SweepSpec


def spec(**given: object) -> FitSpec:
    return FitSpec(**{"synthetic": Synthetic(), "seed": 1, "lr": 1e-5, "steps": 100} | given)  # type: ignore[arg-type]


def test_a_step_of_the_closed_form_costs_nothing() -> None:
    assert cost.seconds(spec(steps=10_000_000, record_every=10_000_000)) == cost.seconds(
        spec(steps=1)
    )


def test_a_step_of_the_loop_costs() -> None:
    assert cost.seconds(spec(steps=100_000, solver="loop")) > 5


def test_numbers_count_every_column_of_every_record() -> None:
    asked = spec(steps=10, include=("params", "gradients", "predictions", "data"), at=(1.0, 2.0))

    assert cost.numbers(asked) == 11 * (1 + 1 + 3 + 3 + 20) + 40 + 2


def test_losses_alone_are_one_column() -> None:
    assert cost.numbers(spec(steps=10)) == 11


def test_posted_points_count_as_drawn_ones() -> None:
    posted = spec(synthetic=None, data=Points.of(range(20), range(20)))

    assert cost.seconds(posted) == cost.seconds(spec())


def test_a_swept_loop_costs_by_points_and_rates() -> None:
    swept = SweepSpec(
        synthetic=Synthetic(points=50_000), seed=1, steps=10, solver="loop", lrs=(1e-30,) * 1000
    )

    assert cost.seconds(swept) > 10


def test_a_swept_momentum_costs_by_rates_and_coefficients() -> None:
    """What a rate costs is looked for, where another is computed."""
    swept = SweepSpec(
        synthetic=Synthetic(),
        seed=1,
        steps=10,
        model=Polynomial(degree=10),
        optimizer=Sgd(momentum=0.9),
        lrs=(1e-30,) * 1000,
    )

    assert cost.seconds(swept) > 10
