from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from service.descent.events import Steps
from service.descent.fit import events
from service.descent.methods import Adam
from service.descent.network import Networks, flat
from service.descent.parts import (
    Activation,
    Layer,
    Mlp,
    Network,
    Points,
    Stop,
    Synthetic,
    Validation,
)
from service.descent.scaling import Frame
from service.descent.spec import StreamSpec
from tests.descent.specs import NetworkFit, fit, network_fit

ACTIVATIONS: dict[Activation, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU}
SMALL = Mlp(hidden=(4, 3))
ADAM: dict[str, Any] = {"synthetic": Synthetic(), "optimizer": Adam(), "lr": 0.02}


def sequential(network: Network, activation: Activation) -> nn.Sequential:
    """torch's own network with these weights."""
    layers: list[nn.Module] = []
    for layer in network.layers:
        linear = nn.Linear(len(layer.weight[0]), len(layer.bias), dtype=torch.float64)
        linear.weight.data, linear.bias.data = (
            torch.tensor(part, dtype=torch.float64) for part in (layer.weight, layer.bias)
        )
        layers += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


def drawn(model: Mlp, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(size=model.size)


def converged(**given: Any) -> NetworkFit:
    return network_fit(**ADAM | {"steps": 400} | given)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(1,), (4, 3), (16, 16), (2, 5, 3, 2)])
def test_its_curve_is_that_of_torchs_layers(
    activation: Activation, hidden: tuple[int, ...]
) -> None:
    curves = Networks(Mlp(hidden=hidden, activation=activation), Frame(9.5, 5.8), "none")
    params = drawn(curves.model, 1)

    heights = curves.predictions(params[None], np.linspace(-2, 2, 7))[0]

    torchs = sequential(curves.params(params), activation)(
        torch.linspace(-2, 2, 7, dtype=torch.float64)[:, None]
    )[:, 0]
    assert heights == pytest.approx(torchs.tolist(), rel=1e-12, abs=1e-12)


def test_each_column_is_a_network_of_its_own() -> None:
    curves = Networks(SMALL, Frame(0, 1), "none")
    rows = np.stack([drawn(SMALL, seed) for seed in range(5)])
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]

    columns = curves.f(x, torch.tensor(rows.T))

    assert columns.shape == (9, 5)
    for i, row in enumerate(rows):
        assert columns[:, i].tolist() == pytest.approx(
            curves.f(x, torch.tensor(row)).tolist(), rel=1e-12
        )


def test_params_see_t_and_scaled_sees_x() -> None:
    t = np.linspace(1e6, 1e6 + 60, 7)
    curves = Networks(SMALL, Frame(1e6 + 30, 20.0), "standardize")
    params = drawn(SMALL, 2)

    heights = curves.predictions(params[None], t)[0]

    seeing_t, seeing_x = (
        sequential(network, "tanh")
        for network in (curves.params(params), scaled_network(curves, params))
    )
    assert seeing_t(torch.tensor(t)[:, None])[:, 0].tolist() == pytest.approx(heights, abs=1e-8)
    assert seeing_x(torch.tensor((t - 1e6 - 30) / 20)[:, None])[:, 0].tolist() == pytest.approx(
        heights, rel=1e-12
    )


def scaled_network(curves: Networks, params: np.ndarray[Any, np.dtype[np.float64]]) -> Network:
    network = curves.scaled(params).params
    assert isinstance(network, Network)
    return network


def test_a_random_start_has_a_variance_of_one_by_its_inputs() -> None:
    layers = network_fit(
        synthetic=Synthetic(), steps=1, lr=1e-300, model=Mlp(hidden=(64, 64)), scale="none"
    ).params.layers

    spreads = [np.std([*np.ravel(layer.weight), *layer.bias]) for layer in layers]
    assert spreads == pytest.approx([1, 1 / 8, 1 / 8], rel=0.25)


def test_it_begins_with_what_the_generator_draws_after_the_noise() -> None:
    generator = torch.Generator().manual_seed(42)
    torch.randn(20, generator=generator)
    expected = torch.randn(SMALL.size, generator=generator).double().numpy()

    layers = network_fit(
        synthetic=Synthetic(), steps=1, lr=1e-300, model=SMALL, scale="none"
    ).params.layers

    assert flat(Network(layers[:1])) == pytest.approx(expected[:8])
    assert flat(Network(layers[1:2])) == pytest.approx(expected[8:23] / 2)


def test_it_steps_as_torchs_network_does_with_torchs_adam() -> None:
    result = network_fit(**ADAM, steps=30, scale="none", model=SMALL, include=("data",))
    assert result.data
    start = network_fit(**ADAM | {"lr": 1e-300}, steps=1, scale="none", model=SMALL).params
    t, y = (
        torch.tensor(result.data.t)[:, None].double(),
        torch.tensor(result.data.y)[:, None].double(),
    )
    network = sequential(start, "tanh")
    optimizer, losses = torch.optim.Adam(network.parameters(), lr=0.02), []
    for _ in range(31):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(t), y)
        losses.append(loss.item())
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        optimizer.step()

    assert result.losses == pytest.approx(losses, rel=1e-9)


def test_it_fits_the_lectures_points_better_than_the_best_parabola() -> None:
    parabola = fit(synthetic=Synthetic()).optimum.loss

    assert converged(steps=1500).loss < parabola


def test_the_same_seed_gives_the_same_network_again() -> None:
    assert converged().params == converged().params
    assert converged().params != converged(seed=43).params


def test_it_has_no_optimum() -> None:
    assert converged().optimum is None


def test_a_validation_stops_it_and_keeps_the_best_step() -> None:
    result = converged(
        steps=4000, validation=Validation(0.25, "interleaved"), stop=Stop(patience=100)
    )

    assert result.stopped_by == "patience"
    assert result.steps == result.best.step + 100
    assert result.validation_losses
    assert result.best.loss == min(result.validation_losses)


def test_its_scaled_is_an_exact_warm_start() -> None:
    first = converged()

    again = converged(init=first.scaled, lr=1e-300, steps=1)

    assert again.losses[0] == first.loss


def test_its_params_are_a_warm_start_whatever_the_coordinates() -> None:
    first = converged()

    for scale in ("none", "standardize"):
        assert converged(init=first.params, scale=scale, lr=1e-300, steps=1).losses[
            0
        ] == pytest.approx(first.loss, rel=1e-9)


def test_what_was_learned_on_one_ride_helps_on_another() -> None:
    """The lecture's transfer learning."""
    ride = converged(steps=1500)
    longer = {"synthetic": Synthetic(points=30, spacing=0.65), "seed": 7, "steps": 100}

    fresh, warm = converged(**longer), converged(**longer, init=ride.params)

    assert warm.loss < 0.2 * fresh.loss


def test_an_unstable_network_diverges_as_an_answer() -> None:
    result = network_fit(synthetic=Synthetic(), lr=1e3, steps=200, model=Mlp(activation="relu"))

    assert result.outcome == "diverged"
    assert result.verdict.rate == "diverging"
    assert np.isfinite(flat(result.params)).all()


def test_its_history_has_a_network_for_each_step() -> None:
    result = network_fit(
        synthetic=Synthetic(), steps=6, record_every=2, model=SMALL, include=("params", "gradients")
    )

    assert result.history
    assert isinstance(result.history.params, list)
    assert isinstance(result.history.gradients, list)
    assert [len(result.history.params), len(result.history.gradients)] == [4, 4]
    assert result.history.params[-1] == result.params


def test_its_gradients_are_those_of_its_loss() -> None:
    result = network_fit(
        synthetic=Synthetic(),
        steps=1,
        lr=1e-3,
        model=SMALL,
        include=("params", "gradients"),
        scale="none",
    )
    assert result.history
    before, after = (flat(network) for network in networks(result.history.params))

    assert before - 1e-3 * flat(networks(result.history.gradients)[0]) == pytest.approx(
        after, rel=1e-12
    )


def networks(told: object) -> list[Network]:
    assert isinstance(told, list)
    return told


def test_a_stream_shows_its_curve_where_that_is_asked_for() -> None:
    asked = {
        "synthetic": Synthetic(),
        "seed": 42,
        "lr": 1e-3,
        "steps": 3,
        "model": SMALL,
        "solver": "loop",
        "scale": "standardize",
    }
    specs = (
        StreamSpec(**asked, include=include)  # type: ignore[arg-type]
        for include in ((), ("predictions", "params"))
    )
    quiet, told = ([event for event in events(spec) if isinstance(event, Steps)] for spec in specs)

    assert (quiet[0].params, quiet[0].predictions) == (None, None)
    assert told[0].predictions
    assert len(networks(told[0].params)) == 1


def test_the_parts_of_a_network_are_written_by_their_names() -> None:
    assert asdict(Network([Layer([[1.0]], [2.0])])) == {
        "layers": [{"weight": [[1.0]], "bias": [2.0]}]
    }


def test_points_that_are_far_off_are_no_trouble() -> None:
    t = [1.7e9 + 60 * i for i in range(20)]

    far = network_fit(data=Points.of(t, np.arange(20.0) ** 2), optimizer=Adam(), lr=0.02, steps=300)
    near = network_fit(
        data=Points.of(range(20), np.arange(20.0) ** 2), optimizer=Adam(), lr=0.02, steps=300
    )

    assert far.loss == pytest.approx(near.loss, rel=1e-6)


def test_the_losses_fall_one_by_one_at_a_small_rate() -> None:
    losses = network_fit(synthetic=Synthetic(), lr=1e-4, steps=50).losses

    assert all(later < earlier for earlier, later in pairwise(losses))
