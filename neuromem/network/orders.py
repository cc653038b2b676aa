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

`brian2`
    As in Brian2: state, threshold, synapses, reset. What arrives is added to the state variables themselves after the
    threshold of the step, during refractoriness too, but for variables that are held meanwhile; so delays may be 0,
    which is the default. A refractory period of r steps skips the r - 1 steps after the spike.

In all a spike in step k carries the time k*dt, and reaches its target in step k + delay; in the first two, a refractory
period of r steps skips exactly the r steps after the spike.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """One order of operations.

    Attributes
    ----------
    name : str
    template : str
        The neuron update over the model's pieces.
    direct : bool
        Spikes reach the state itself, between threshold and reset; otherwise what arrives in a step is summed first.
    shortest : int
        Shortest delay in steps, which is the default.
    """

    name: str
    template: str
    direct: bool = False
    shortest: int = 1


PYNN = Order(
    "pynn",
    """
{leave}
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
{leave}
{hold}
{integrate}
{restore}
spike = (waiting == 0) & ({threshold})
{decay}
""",
)

BRIAN2 = Order(
    "brian2",
    """
{count}
{leave}
{hold}
{integrate}
{restore}
spike = (waiting == 0) & ({threshold})
""",
    direct=True,
    shortest=0,
)

ORDERS = {order.name: order for order in (PYNN, SPINNAKER, BRIAN2)}
