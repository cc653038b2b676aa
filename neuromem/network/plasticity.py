"""Learning rules of plastic projections."""

from dataclasses import dataclass

from neuromem.errors import DescriptionError
from neuromem.network.check import numbers


@dataclass(frozen=True)
class SpikePairSTDP:
    """All-to-all, pair-based spike-timing-dependent plasticity.

    A pre spike followed by a post spike after s ms adds a_plus exp(-s / tau_plus); a post spike followed by a pre spike
    after s ms subtracts a_minus exp(-s / tau_minus); weights stay within [w_min, w_max], clamped at every event.

    Parameters
    ----------
    tau_plus, tau_minus : float
        Time constants in ms.
    a_plus, a_minus : float
        Step in the unit of the weight (nA or mV). It is *not* multiplied by w_max, unlike NEST's and PyNN's A.
    w_min, w_max : float
        Bounds in the unit of the weight.
    update : "immediate" or "deferred"
        `immediate`: the synapse changes at every spike of either side, in the step it is fired, pre before post.
        `deferred`: sPyNNaker's rule. All changes are made at the next pre spike, all delay is dendritic, a post spike
        in the same effective step as the pre spike depresses, and post spikes after the last pre spike wait.
    dependence : "additive" or "multiplicative"
        `multiplicative`: steps up are multiplied by w_max - w and steps down by w - w_min, so that the amplitudes have
        no unit; with deferred updates only.
    """

    tau_plus: float = 20.0
    tau_minus: float = 20.0
    a_plus: float = 0.01
    a_minus: float = 0.01
    w_min: float = 0.0
    w_max: float = 1.0
    update: str = "immediate"
    dependence: str = "additive"

    def __post_init__(self):
        for name in ("tau_plus", "tau_minus"):
            object.__setattr__(
                self, name, numbers(getattr(self, name), "SpikePairSTDP", name, unit="ms", above=0.0, scalar=True)
            )
        for name in ("a_plus", "a_minus", "w_min", "w_max"):
            object.__setattr__(self, name, numbers(getattr(self, name), "SpikePairSTDP", name, low=0.0, scalar=True))
        if self.w_max < self.w_min:
            raise DescriptionError(f"SpikePairSTDP.w_max: must be at least w_min = {self.w_min:g}, got {self.w_max:g}")
        if self.update not in ("immediate", "deferred"):
            raise DescriptionError(f'SpikePairSTDP.update: "immediate" or "deferred" is expected, got {self.update!r}')
        if self.dependence not in ("additive", "multiplicative"):
            raise DescriptionError(
                f'SpikePairSTDP.dependence: "additive" or "multiplicative" is expected, got {self.dependence!r}'
            )
        if self.dependence == "multiplicative" and self.update != "deferred":
            raise DescriptionError('SpikePairSTDP.dependence: "multiplicative" needs update="deferred"')


@dataclass(frozen=True)
class OneShotHebb:
    """One-shot Hebbian learning with homeostatic scaling.

    Whenever neurons on both sides spike in the same step, the weights that belong to the spiking neuron of the `over`
    side are written anew, before they transmit: total / k**exponent for its k synapses with partners that spiked with
    it, zero for all others. Exponent 0.5 keeps the sum of squares of each neuron's weights constant, exponent 1 their
    sum, exponent 0 each weight. A spike without any coincident partner changes nothing.

    Parameters
    ----------
    total : float
        Weight of a single partner, in the unit of the weight.
    exponent : float
    over : "incoming" or "outgoing"
        Whose synapses are scaled together: all onto one post neuron, or all from one pre neuron.
    """

    total: float = 1.0
    exponent: float = 0.5
    over: str = "incoming"

    def __post_init__(self):
        object.__setattr__(self, "total", numbers(self.total, "OneShotHebb", "total", above=0.0, scalar=True))
        object.__setattr__(self, "exponent", numbers(self.exponent, "OneShotHebb", "exponent", low=0.0, scalar=True))
        if self.over not in ("incoming", "outgoing"):
            raise DescriptionError(f'OneShotHebb.over: "incoming" or "outgoing" is expected, got {self.over!r}')


RULES = {rule.__name__: rule for rule in (SpikePairSTDP, OneShotHebb)}
