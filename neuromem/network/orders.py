"""The order of operations within one time step: the one place that knows it.

Each neuron model gives its update in pieces (`receive`, `integrate`, `decay`, a threshold and a `reset`); an order
says in which sequence they run. The pieces are source text, so that the engine compiles one fused loop.

`pynn`
    As in NEST, the reference of PyNN: integrate exactly over the step, decay the synapses, add what arrives at the end
    of the step, test the threshold. Input to a refractory neuron does not change its membrane potential. A weight is a
    jump of the synaptic current.
`spinnaker`
    As on the chip: add what arrives (scaled so that the step sees the *mean* current), integrate, test the threshold,
    then decay the synapses. All delay of a plastic synapse is dendritic.

In both a spike in step k carries the time k*dt, and reaches its target in step k + delay; a refractory period of
r steps skips exactly the r steps after the spike.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """One order of operations: its name and its neuron update as a template over the model's pieces."""

    name: str
    template: str


PYNN = Order(
    "pynn",
    """
waiting = refractory[i]
if waiting > 0:
    refractory[i] = waiting - 1
else:
    {integrate}
{decay}
{receive}
if waiting == 0 and {threshold}:
    {spike}
""",
)

SPINNAKER = Order(
    "spinnaker",
    """
waiting = refractory[i]
{receive}
if waiting > 0:
    refractory[i] = waiting - 1
else:
    {integrate}
    if {threshold}:
        {spike}
{decay}
""",
)

ORDERS = {order.name: order for order in (PYNN, SPINNAKER)}
