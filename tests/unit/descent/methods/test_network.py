from dataclasses import asdict
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import vector_to_parameters

from service.descent.answers.events import Steps
from service.descent.arrays import Array
from service.descent.fit import events
from service.descent.loop.curves import FormulaCurves
from service.descent.methods.models.mlp import Activation, Mlp
from service.descent.methods.models.parameters import Layer, Network, Params
from service.descent.methods.optimizers.adam import Adam
from service.descent.points.scaling import Frame
from service.descent.questions.fit import StreamSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from tests.support import peers
from tests.support.specs import NetworkFit, fit, network_fit
from tests.support.tolerances import Nudge, apart, exactly, measured, relatively_apart

SMALL = Mlp(hidden=(4, 3))
RIDE = Mlp(activation="gelu")
TIMES = np.linspace(-2, 2, 9)
ADAM: dict[str, Any] = {"synthetic": Synthetic(), "optimizer": Adam(), "lr": 0.02}


def sequential(network: Network, activation: Activation, nudge: Nudge = exactly) -> nn.Sequential:
    """Return torch's own network with these weights."""
    hidden = tuple(len(layer.bias) for layer in network.layers[:-1])
    model = Mlp(hidden=hidden, activation=activation)
    layers, row = peers.sequential(model), torch.tensor(model.row(network), dtype=torch.float64)
    vector_to_parameters(nudge(row), layers.parameters())
    return layers


def curve_of_torch(
    network: Network, activation: Activation, t: Array, nudge: Nudge = exactly
) -> list[float]:
    """Return the heights of torch's own network with these weights."""
    layers = sequential(network, activation, nudge)
    with torch.no_grad():
        heights: list[float] = layers(nudge(torch.tensor(t))[:, None])[:, 0].tolist()
    return heights


def drawn(model: Mlp, seed: int) -> Array:
    return np.random.default_rng(seed).normal(size=model.size)


def trained(**given: Any) -> NetworkFit:
    return network_fit(**ADAM | {"steps": 60} | given)


@pytest.fixture(scope="module")
def ride() -> NetworkFit:
    """A network that has learned the lecture's ride."""
    return trained(steps=300, model=RIDE)


@pytest.mark.parametrize("activation", peers.ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(1,), (4, 3), (16, 16), (2, 5, 3, 2)])
def test_its_curve_is_that_of_torchs_layers(
    activation: Activation, hidden: tuple[int, ...]
) -> None:
    model, t = Mlp(hidden=hidden, activation=activation), TIMES
    curves, params = FormulaCurves(model, Frame(9.5, 5.8), "none"), drawn(model, 1)

    heights = curves.predictions(params[None], t)[0]

    reference = partial(curve_of_torch, network(curves.params(params)), activation, t)
    expected, allowed = measured(reference, apart)
    assert apart(heights, expected) <= allowed


def test_params_see_t_and_scaled_sees_x() -> None:
    """In t, which lies far from 0, rounding leaves fewer digits."""
    t = np.linspace(1e6, 1e6 + 60, 7)
    curves = FormulaCurves(SMALL, Frame(1e6 + 30, 20.0), "standardize")
    params = drawn(SMALL, 2)

    heights = curves.predictions(params[None], t)[0]

    for each, seen in (
        (network(curves.params(params)), t),
        (network(curves.scaled(params).params), (t - 1e6 - 30) / 20),
    ):
        expected, allowed = measured(partial(curve_of_torch, each, "tanh", seen), apart)
        assert apart(heights, expected) <= allowed


def network(params: Params | Network) -> Network:
    assert isinstance(params, Network)
    return params


def test_a_random_start_has_a_variance_of_one_by_its_inputs() -> None:
    layers = network_fit(
        synthetic=Synthetic(), steps=1, lr=1e-300, model=Mlp(hidden=(64, 64)), scale="none"
    ).params.layers

    for layer, expected in zip(layers, [1, 1 / 8, 1 / 8], strict=True):
        values = [*np.ravel(layer.weight), *layer.bias]
        # The deviation of a sample's deviation is 1 / sqrt(2 n); four of them are allowed.
        assert np.std(values) == pytest.approx(expected, rel=4 / np.sqrt(2 * len(values)))


def test_it_begins_with_what_the_generator_draws_after_the_noise() -> None:
    generator = torch.Generator().manual_seed(42)
    torch.randn(20, generator=generator)
    expected = torch.randn(SMALL.size, generator=generator).double().numpy()

    layers = network_fit(
        synthetic=Synthetic(), steps=1, lr=1e-300, model=SMALL, scale="none"
    ).params.layers

    assert SMALL.row(Network(layers[:1])) == expected[:8].tolist()
    assert SMALL.row(Network(layers[1:2])) == (expected[8:23] / 2).tolist()


def test_it_steps_as_torchs_network_does_with_torchs_adam() -> None:
    result = network_fit(**ADAM, steps=30, scale="none", model=SMALL, include=("data",))
    start = network_fit(**ADAM | {"lr": 1e-300}, steps=1, scale="none", model=SMALL).params

    assert result.data
    t, y = (torch.tensor(column, dtype=torch.float64) for column in (result.data.t, result.data.y))
    expected, allowed = measured(partial(losses_of_torch, start, t, y), relatively_apart)
    assert relatively_apart(result.losses, expected) <= allowed


def losses_of_torch(start: Network, t: Tensor, y: Tensor, nudge: Nudge) -> list[float]:
    """Return the losses of torch's own network and optimizer, in 30 steps."""
    network, losses = sequential(start, "tanh", nudge), []
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(31):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(nudge(t)[:, None])[:, 0], nudge(y))
        losses.append(loss.item())
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        optimizer.step()
        for parameter in network.parameters():
            parameter.data = nudge(parameter.data)
    return losses


def test_it_fits_the_lectures_points_better_than_the_best_parabola(ride: NetworkFit) -> None:
    assert ride.loss < fit(synthetic=Synthetic()).optimum.loss


def test_the_same_seed_gives_the_same_network_again() -> None:
    first = trained(steps=20).params

    assert trained(steps=20).params == first
    assert trained(steps=20, seed=43).params != first


def test_it_has_no_optimum() -> None:
    assert trained(steps=1).optimum is None


def test_a_validation_stops_it_and_keeps_the_best_step() -> None:
    result = trained(
        steps=4000, validation=Validation(0.25, "interleaved"), stop=Stop(patience=100)
    )

    assert result.stopped_by == "patience"
    assert result.steps == result.best.step + 100
    assert result.validation_losses
    assert result.best.loss == min(result.validation_losses)


def test_what_was_learned_on_one_ride_helps_on_another(ride: NetworkFit) -> None:
    """The lecture's transfer learning."""
    longer = {
        "synthetic": Synthetic(points=30, spacing=0.65),
        "model": RIDE,
        "seed": 7,
        "steps": 30,
    }

    fresh, warm = trained(**longer), trained(**longer, init=ride.params)

    assert warm.loss < 0.2 * fresh.loss


def test_an_unstable_network_diverges_as_an_answer() -> None:
    result = network_fit(synthetic=Synthetic(), lr=1e3, steps=200, model=Mlp(activation="relu"))

    assert result.outcome == "diverged"
    assert result.verdict.rate == "diverging"
    assert np.isfinite(Mlp().row(result.params)).all()


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
    before, after = (np.array(SMALL.row(each)) for each in networks(result.history.params))

    gradient = np.array(SMALL.row(networks(result.history.gradients)[0]))
    assert (before - 1e-3 * gradient).tolist() == after.tolist()


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

    assert not quiet[0].params
    assert not quiet[0].predictions
    assert told[0].predictions
    assert len(networks(told[0].params)) == 1


def test_the_parts_of_a_network_are_written_by_their_names() -> None:
    assert asdict(Network([Layer([[1.0]], [2.0])])) == {
        "layers": [{"weight": [[1.0]], "bias": [2.0]}]
    }


def test_points_that_are_far_off_are_no_trouble() -> None:
    far, y = [1.7e9 + 60 * i for i in range(20)], np.arange(20.0) ** 2

    loss = network_fit(data=Points.of(far, y), optimizer=Adam(), lr=0.02, steps=30).loss

    expected, allowed = measured(partial(loss_near_zero, y), apart)
    assert apart(loss, expected) <= allowed


def loss_near_zero(y: Array, nudge: Nudge) -> float:
    near = nudge(torch.arange(20, dtype=torch.float64)).tolist()
    return network_fit(data=Points.of(near, y), optimizer=Adam(), lr=0.02, steps=30).loss


def test_the_losses_fall_one_by_one_at_a_small_rate() -> None:
    losses = network_fit(synthetic=Synthetic(), lr=1e-4, steps=50).losses

    assert all(later < earlier for earlier, later in pairwise(losses))
