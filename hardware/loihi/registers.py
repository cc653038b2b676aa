"""A network as Loihi holds it: every register and weight an integer."""

from dataclasses import dataclass, field

import numpy as np

from neuromem.hardware.reports import LossReport
from neuromem.network import Network


@dataclass(frozen=True, eq=False)
class Group:
    """The compartments of one population; arrays are int64 (size,).

    Attributes
    ----------
    name : str
    size : int
    scale : float
        Raw potential per mV; 0 mV stands for the reset potential.
    du, dv, vth, bias_mant, bias_exp, refractory : ndarray
        As `emulate_lif` takes them.
    du_second : ndarray or None
        Decay of the second current, which inhibition then goes to; None: one current for both receptors.
    start : ndarray
        Potential before the first step.
    """

    name: str
    size: int
    scale: float
    du: np.ndarray
    dv: np.ndarray
    vth: np.ndarray
    bias_mant: np.ndarray
    bias_exp: np.ndarray
    refractory: np.ndarray
    start: np.ndarray
    du_second: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Connection:
    """The synapses of one projection, sorted by source; arrays of shape (k,).

    Attributes
    ----------
    name, pre, post : str
    source, target : ndarray of int64
    weight : ndarray of int64
        Mantissas with their sign, -255..255, all of one sign.
    weight_exp : int
    delay : ndarray of int64
        Steps beyond the shortest possible.
    order : ndarray of int64
        Place of each in the order of the projection's connector.
    second : bool
        They go to the target's second current.
    """

    name: str
    pre: str
    post: str
    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    weight_exp: int
    delay: np.ndarray
    order: np.ndarray
    second: bool = False


@dataclass(frozen=True, eq=False)
class LoihiNetwork:
    """What `Loihi.quantize` returns.

    Attributes
    ----------
    network : Network
        The description that it was made of.
    seed : int
        Of its random connectors.
    generation : 1 or 2
    groups : dict of str to Group
        By population, spike sources left out.
    connections : dict of str to Connection
        By projection.
    loss : LossReport
    """

    network: Network
    seed: int
    generation: int
    groups: dict
    connections: dict
    loss: LossReport = field(repr=False)
