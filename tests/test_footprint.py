"""The memory that is estimated beforehand, against what the arrays of a compiled network take."""

import numpy as np
import pytest

from neuromem import (
    FixedProbability,
    IF_curr_exp,
    Network,
    NeuronModel,
    Normal,
    OneShotHebb,
    SpikePairSTDP,
    SynapseModel,
    footprint,
    simulate,
)
from neuromem.engine.plan import compile_network
from neuromem.errors import FitError

CELL = NeuronModel("dg/dt = -g/ms : 1", threshold="g > 9")
EVENT = "w : 1\ndx/dt = -x/ms : 1 (event-driven)"
KINDS = {
    "one weight": {},
    "drawn weights": {"weight": Normal(1.0, 0.1)},
    "delays": {"delay": Normal(5.0, 1.0)},
    "deferred": {"plasticity": SpikePairSTDP(update="deferred", w_max=2.0)},
    "columns": {"plasticity": SpikePairSTDP(w_max=2.0)},
    "one-shot": {"plasticity": OneShotHebb(total=1.0)},
    "model": {"model": SynapseModel(EVENT, on_pre="g += w*x; x += 1", parameters={"w": 1})},
    "model of both": {"model": SynapseModel(EVENT, on_pre="g += w; x += 1", on_post="w += x", parameters={"w": 1})},
    "large and learning": {"plasticity": SpikePairSTDP(w_max=2.0), "size": 2500},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_synapses_take_what_was_estimated(kind, dtype):
    options = dict(KINDS[kind])
    size, model = options.pop("size", 1000), options.get("model")
    net = Network(0.1, "brian2" if model else "pynn")
    net.population("cells", size, CELL if model else IF_curr_exp())
    net.project("cells", "cells", FixedProbability(0.1), **({} if model else {"weight": 1.0}) | options)
    plan = compile_network(net, 0, np.dtype(dtype), set(), {})
    taken = sum(array.nbytes for arrays in (plan.synapses, plan.plastic) for array in arrays if array.size > 1)
    needs = footprint(net, dtype)
    assert needs["synapses"] + needs["learning"] == pytest.approx(taken, rel=0.15)


def test_what_cannot_fit_is_refused_before_it_is_built():
    net = Network(0.1)
    net.population("cells", 10_000_000, IF_curr_exp())
    net.project("cells", "cells", FixedProbability(0.5), weight=1.0, name="all")
    with pytest.raises(FitError, match="^network: needs about .* GB of memory, most of it for .*procedural"):
        simulate(net, 1.0)
