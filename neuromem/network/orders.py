"""The order of operations within one time step: the one place that knows it.

Each neuron model gives its update in pieces (`receive`, `integrate`, `decay`, a threshold and a `reset`); an order
says in which sequence they run. The pieces are source text, so that the engine compiles one fused loop. It has no
branches: a refractory neuron is integrated like the others and then put back (`hold`, `restore`).

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
{hold}
{integrate}
{restore}
{decay}
{receive}
spike = (waiting == 0) & ({threshold})
""",
)

SPINNAKER = Order(
    "spinnaker",
    """
{receive}
{hold}
{integrate}
{restore}
spike = (waiting == 0) & ({threshold})
{decay}
""",
)

ORDERS = {order.name: order for order in (PYNN, SPINNAKER)}
