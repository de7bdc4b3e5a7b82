"""A small neural network of t: its parameters in one row, layer by layer, the weights before the
biases.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu, linear

from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.frozen import frozen
from service.descent.loop.curves import heights
from service.descent.points.sample import Sample
from service.descent.points.scaling import Frame
from service.descent.questions.options import Layer, Mlp, Network, Scale, Scaled

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "gelu": gelu}
AS_IT_IS = Frame(0.0, 1.0)
"""t itself."""


@frozen
class Networks:
    """Networks of one shape; they see t as it is, or x = (t - center) / scale."""

    model: Mlp
    frame: Frame
    scale: Scale

    def inputs(self, t: Array) -> Array:
        """A column: what the first layer sees."""
        return (t if self.scale == "none" else self.frame.x(t))[:, None]

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """Layer after layer. Of several rates, each has its own network."""
        activation, layer = (
            ACTIVATIONS[self.model.activation],
            linear if params.ndim == 1 else linear_each,
        )
        *hidden, last = self._layers(params)
        values = x
        for weight, bias in hidden:
            values = activation(layer(values, weight, bias))
        return layer(values, *last)[..., 0].movedim(-1, 0)

    def _layers(self, params: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Weights (..., units, inputs) and biases (..., units) of params (p, ...)."""
        sizes = [size for units, inputs in self.model.shapes for size in (units * inputs, units)]
        parts = iter(torch.split(params.movedim(0, -1), sizes, dim=-1))
        for units, inputs in self.model.shapes:
            yield torch.unflatten(next(parts), -1, (units, inputs)), next(parts)

    def start(self, sample: Sample) -> Array:
        """The initial parameters (p,): random ones have a variance of 1 / inputs, so that every
        layer begins with values near 1.
        """
        init = sample.spec.init
        if isinstance(init, Network):
            return self._seeing(flat(init), self._seen, AS_IT_IS)
        if isinstance(init, Scaled):
            assert isinstance(init.params, Network)
            return self._seeing(flat(init.params), self._seen, Frame(init.center, init.scale))
        return np.zeros(self.model.size) if init == "zeros" else sample.drawn * self._spread

    @property
    def _seen(self) -> Frame:
        """What the first layer sees, as a frame."""
        return AS_IT_IS if self.scale == "none" else self.frame

    @property
    def _spread(self) -> Array:
        return np.concatenate(
            [np.full(units * (inputs + 1), inputs**-0.5) for units, inputs in self.model.shapes]
        )

    def _seeing(self, params: Array, ours: Frame, theirs: Frame) -> Array:
        """The same curves (..., p), of networks that see t in one frame instead of another: their
        first layer alone is another.
        """
        changed, units = params.copy(), self.model.shapes[0][0]
        weight, bias = params[..., :units], params[..., units : 2 * units]
        changed[..., :units] = weight * (ours.scale / theirs.scale)
        changed[..., units : 2 * units] = bias + weight * (
            (ours.center - theirs.center) / theirs.scale
        )
        return changed

    def told(self, params: Array) -> list[Network]:
        """In the caller's units: they see t."""
        return [self._network(row) for row in self._seeing(params, AS_IT_IS, self._seen).tolist()]

    def gradients(self, gradients: Array) -> list[Network]:
        """As they are."""
        return [self._network(row) for row in gradients.tolist()]

    def params(self, params: Array) -> Network:
        """In the caller's units: it sees t."""
        return self.told(params[None])[0]

    def scaled(self, params: Array) -> Scaled:
        """It sees x."""
        seeing_x = self._seeing(params, self.frame, self._seen)
        return Scaled(self.frame.center, self.frame.scale, self._network(seeing_x.tolist()))

    def predictions(self, params: Array, t: Array) -> list[list[float]]:
        """Computed by torch, in float64."""
        with torch.no_grad():
            return heights(self.f(torch.tensor(self.inputs(t)), torch.tensor(params.T)).numpy())

    def _network(self, row: list[float]) -> Network:
        values = iter(finite(row, "weights or gradients"))
        return Network(
            [
                Layer(
                    [[next(values) for _ in range(inputs)] for _ in range(units)],
                    [next(values) for _ in range(units)],
                )
                for units, inputs in self.model.shapes
            ]
        )


def linear_each(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """torch's linear, for each of several layers."""
    return values @ weight.mT + bias.unsqueeze(-2)


def flat(network: Network) -> Array:
    """The parameters in one row (p,)."""
    return np.concatenate(
        [np.ravel(part) for layer in network.layers for part in (layer.weight, layer.bias)]
    )
