"""A small neural network of t. Its parameters form one row, layer by layer, with the weights before
the biases.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu, linear

from service.descent.arrays import Array
from service.descent.errors import finite
from service.descent.frozen import readonly
from service.descent.loop.curves import heights
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.parameters import Layer, Network, Scaled
from service.descent.points.sample import Sample
from service.descent.points.scaling import Frame
from service.descent.questions.options import Scale

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "gelu": gelu}
AS_IT_IS = Frame(0.0, 1.0)
"""The identity frame: x is t itself."""


@readonly
class Networks:
    """Networks of one shape. Their input is t, or x = (t - center) / scale."""

    model: Mlp
    frame: Frame
    scale: Scale

    def inputs(self, t: Array) -> Array:
        """Return the inputs of the first layer as a column (n, 1)."""
        return self._input_frame.x(t)[:, None]

    def f(self, x: Tensor, params: Tensor) -> Tensor:
        """Return the predictions (n,) of params (p,), or (n, rates) of params (p, rates), where
        each rate has its own network.
        """
        activation = ACTIVATIONS[self.model.activation]
        layer = linear if params.ndim == 1 else linear_each
        *hidden, last = self._layers(params)
        values = x
        for weight, bias in hidden:
            values = activation(layer(values, weight, bias))
        return layer(values, *last)[..., 0].movedim(-1, 0)

    def _layers(self, params: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the weights (..., units, inputs) and the biases (..., units) of each layer, given
        params (p, ...).
        """
        sizes = [size for units, inputs in self.model.shapes for size in (units * inputs, units)]
        parts = iter(torch.split(params.movedim(0, -1), sizes, dim=-1))
        for units, inputs in self.model.shapes:
            yield torch.unflatten(next(parts), -1, (units, inputs)), next(parts)

    def start(self, sample: Sample) -> Array:
        """Return the initial parameters (p,). Random parameters have a variance of 1 / inputs, so
        that the values in every layer begin near 1.
        """
        init = sample.spec.init
        if isinstance(init, Network):
            return self._reframed(flat(init), self._input_frame, AS_IT_IS)
        if isinstance(init, Scaled):
            assert isinstance(init.params, Network)
            theirs = Frame(init.center, init.scale)
            return self._reframed(flat(init.params), self._input_frame, theirs)
        if init == "zeros":
            return np.zeros(self.model.size)
        return sample.drawn * self._spread

    @property
    def _input_frame(self) -> Frame:
        """The frame of the inputs of the first layer."""
        if self.scale == "none":
            return AS_IT_IS
        return self.frame

    @property
    def _spread(self) -> Array:
        return np.concatenate(
            [np.full(units * (inputs + 1), inputs**-0.5) for units, inputs in self.model.shapes]
        )

    def _reframed(self, params: Array, ours: Frame, theirs: Frame) -> Array:
        """Return the parameters (..., p) of the same curves for inputs in the frame `ours` instead
        of `theirs`. Only the first layer changes.
        """
        changed, units = params.copy(), self.model.shapes[0][0]
        weight, bias = params[..., :units], params[..., units : 2 * units]
        changed[..., :units] = weight * (ours.scale / theirs.scale)
        changed[..., units : 2 * units] = bias + weight * (
            (ours.center - theirs.center) / theirs.scale
        )
        return changed

    def param_columns(self, params: Array) -> list[Network]:
        """Return the networks of params (r, p), as functions of t in the caller's units."""
        rows = self._reframed(params, AS_IT_IS, self._input_frame).tolist()
        return [self._network(row) for row in rows]

    def gradients(self, gradients: Array) -> list[Network]:
        """Return gradients (r, p) in the form of networks, in the coordinates of the descent."""
        return [self._network(row) for row in gradients.tolist()]

    def params(self, params: Array) -> Network:
        """Return the network of params (p,), as a function of t in the caller's units."""
        return self.param_columns(params[None])[0]

    def scaled(self, params: Array) -> Scaled:
        """Return the network of params (p,), as a function of x."""
        of_x = self._reframed(params, self.frame, self._input_frame)
        return Scaled(self.frame.center, self.frame.scale, self._network(of_x.tolist()))

    def predictions(self, params: Array, t: Array) -> list[list[float]]:
        """Return the predictions of params (r, p) at t (n,), one list per row of params, computed
        by torch in float64.
        """
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
    """Apply a linear layer in each of several networks."""
    return values @ weight.mT + bias.unsqueeze(-2)


def flat(network: Network) -> Array:
    """Return the parameters of a network in one row (p,)."""
    return np.concatenate(
        [np.ravel(part) for layer in network.layers for part in (layer.weight, layer.bias)]
    )
