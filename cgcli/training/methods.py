"""Methods of training: what a step does to a vector of parameters, given the gradient of a batch."""

from __future__ import annotations

from math import sqrt

import numpy as np

from cgcli.annotations import Any

# So many elements are moved at once, which fit the cache together with what is remembered of them.
BLOCK = 2**13


class Sgd:
    """Stochastic gradient descent: against the gradient, or with momentum against the sum of gradients of
    which each counts `momentum` times the next.

    state       what is remembered between steps, by name
    """

    name, rate = "sgd", 0.01

    def __init__(self, size: int, momentum: float = 0.0) -> None:
        self.momentum = momentum
        self.state: dict[str, Any] = {"velocity": np.zeros(size)} if momentum else {}

    def move(self, vector: Any, gradient: Any, rate: float, step: int) -> None:
        """Take a step, in place; the first is number 1."""
        for start in range(0, len(vector), BLOCK):
            part = slice(start, start + BLOCK)
            moving = gradient[part]
            if self.momentum:
                velocity = self.state["velocity"][part]
                velocity *= self.momentum
                velocity += moving
                moving = velocity
            vector[part] -= rate * moving


class Adam:
    """Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1: a step of the size of
    the rate, by the mean of past gradients over the root of the mean of their squares."""

    name, rate = "adam", 0.001
    first, second, tiny = 0.9, 0.999, 1e-8

    def __init__(self, size: int) -> None:
        self.state: dict[str, Any] = {"mean": np.zeros(size), "square": np.zeros(size)}
        self._spare = np.empty(min(size, BLOCK))

    def move(self, vector: Any, gradient: Any, rate: float, step: int) -> None:
        """As `Sgd.move`."""
        rate /= 1.0 - self.first**step
        root = sqrt(1.0 - self.second**step)
        for start in range(0, len(vector), BLOCK):
            part = slice(start, start + BLOCK)
            mean, square, g = self.state["mean"][part], self.state["square"][part], gradient[part]
            spare = self._spare[: len(g)]
            mean *= self.first
            mean += np.multiply(g, 1.0 - self.first, out=spare)
            square *= self.second
            np.multiply(g, g, out=spare)
            spare *= 1.0 - self.second
            square += spare
            np.sqrt(square, out=spare)
            spare /= root
            spare += self.tiny
            np.divide(mean, spare, out=spare)
            spare *= rate
            vector[part] -= spare
