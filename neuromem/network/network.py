"""`Network`: populations, projections, inputs and probes, validated as they are added.

A network is data. It knows nothing of how it is run; the engine, the files and the hardware targets read it.
"""

from neuromem.errors import DescriptionError
from neuromem.network.celltype import CellType, Neuron
from neuromem.network.check import count, indices, numbers, steps
from neuromem.network.connectors import CONNECTORS, AllToAll, FixedProbability
from neuromem.network.fitting import check_neuron, check_poisson, check_trains, checked_synapse, per_neuron
from neuromem.network.inputs import (
    MOST_PER_STEP,
    PoissonInput,
    SpikeSourceArray,
    SpikeSourcePoisson,
    StepCurrent,
)
from neuromem.network.items import Population, Probe, Projection
from neuromem.network.orders import ORDERS
from neuromem.network.plasticity import RULES, SpikePairSTDP
from neuromem.network.random import Normal
from neuromem.network.synapses import synaptic_delay, synaptic_weight

RECEPTORS = ("excitatory", "inhibitory")


class Network:
    """A spiking network as plain data.

    Parameters
    ----------
    dt : float
        Time step in ms.
    order : "pynn", "spinnaker" or "brian2"
        Order of operations within a step; see `neuromem.network.orders`.

    Examples
    --------
    >>> from neuromem import IF_curr_exp, Network, SpikeSourceArray
    >>> net = Network(dt=1.0)
    >>> _ = net.population("in", 1, SpikeSourceArray([2.0]))
    >>> _ = net.population("out", 1, IF_curr_exp())
    >>> _ = net.project("in", "out", weight=20.0)
    >>> net
    Network(dt=1, order='pynn': 2 populations, 1 projections)
    """

    def __init__(self, dt=0.1, order="pynn"):
        self.dt = numbers(dt, "Network", "dt", unit="ms", above=0.0, scalar=True)
        if not isinstance(order, str) or order not in ORDERS:
            raise DescriptionError(f"Network.order: one of {', '.join(ORDERS)} is expected, got {order!r}")
        self.order = order
        self.populations: dict[str, Population] = {}
        self.projections: dict[str, Projection] = {}
        self.currents: list[StepCurrent] = []
        self.poisson_inputs: list[PoissonInput] = []
        self.probes: list[Probe] = []

    def population(self, name, size, neuron, initial=None):
        """Add a population.

        Parameters
        ----------
        name : str
        size : int
        neuron : Neuron, CellType, SpikeSourceArray or SpikeSourcePoisson
        initial : dict of str to float or array of shape (size,), optional
            Initial state, e.g. ``{"v": -60.0}``; default: the resting potential and zero currents.

        Returns
        -------
        Population

        Raises
        ------
        DescriptionError
        """
        self._check_name(name, "population")
        size = count(size, name, "size", least=1)
        if isinstance(neuron, CellType):
            neuron = neuron()
        if isinstance(neuron, Neuron):
            check_neuron(self, name, size, neuron)
        elif isinstance(neuron, SpikeSourceArray):
            if neuron.ids.size and neuron.ids.max() >= size:
                raise DescriptionError(f"{name}.ids: source {neuron.ids.max()} is outside a population of {size}")
            check_trains(self, name, neuron)
        elif isinstance(neuron, SpikeSourcePoisson):
            check_poisson(self, name, size, neuron)
        else:
            raise DescriptionError(f"{name}.neuron: a neuron model or spike source is expected, got {neuron!r}")
        if not isinstance(initial, dict | None):
            raise DescriptionError(f"{name}.initial: a dict of state variables is expected, got {initial!r}")
        initial = dict(initial or {})
        for variable, value in initial.items():
            if not isinstance(neuron, Neuron) or variable not in neuron.model.state:
                raise DescriptionError(f"{name}.initial: no state variable called {variable!r}")
            unit = neuron.model.state[variable]
            initial[variable] = numbers(value, name, f"initial[{variable!r}]", unit=unit)
            per_neuron(initial[variable], size, name, f"initial[{variable!r}]")
        self.populations[name] = Population(name, size, neuron, initial)
        return self.populations[name]

    def project(
        self,
        pre,
        post,
        connector=None,
        *,
        weight=1.0,
        delay=None,
        receptor=None,
        plasticity=None,
        name=None,
        model=None,
        delay_post=0.0,
    ):
        """Connect two populations.

        Parameters
        ----------
        pre, post : str or Population
        connector : connector, optional
            Default all-to-all.
        weight : float, array or Normal
            nA (current-based) or mV (delta), at least 0, or of either sign onto a model made of equations, in the unit
            of its variable; one value per synapse in the connector's order.
        delay : float, array or Normal
            ms, a multiple of dt and at least dt, which is the default; in the order "brian2" both are 0.
        receptor : "excitatory", "inhibitory", or another that the post model has
            Default the model's first.
        plasticity : SpikePairSTDP or OneShotHebb, optional
        model : SynapseModel, SynapseRule or Synapse, optional
            What spikes do at each synapse, instead of weight and plasticity; in the order "brian2". A named rule
            transmits onto the receptor, and takes its weight itself.
        delay_post : float
            ms from a post spike to what it does to a synapse with a model.
        name : str, optional
            Default "pre->post", or "pre->post (2)" and so on if that is taken.

        Returns
        -------
        Projection

        Raises
        ------
        DescriptionError
        """
        pre, post = (getattr(side, "name", side) for side in (pre, post))
        label = f"{pre}->{post}" if name is None else name
        for side in (pre, post):
            if not isinstance(side, str) or side not in self.populations:
                known = ", ".join(self.populations) or "none yet"
                raise DescriptionError(f"{label}: unknown population {side!r}; the network has {known}")
        if name is None:
            again = 2
            while label in self.projections or label in self.populations:
                label, again = f"{pre}->{post} ({again})", again + 1
        else:
            self._check_name(name, "projection")
        before, after = self.populations[pre], self.populations[post]
        if after.is_source:
            raise DescriptionError(f"{label}: {post} is a spike source and takes no synapses")
        connector = AllToAll() if connector is None else connector
        if type(connector).__name__ not in CONNECTORS:
            raise DescriptionError(f"{label}.connector: a connector is expected, got {connector!r}")
        connector.check(label, before.size, after.size)
        if model is not None:
            model = checked_synapse(self, label, model, connector, before, after, (weight, receptor, plasticity))
            delay = synaptic_delay(delay, connector, before, after, label, self.dt, ORDERS[self.order].shortest)
            steps(delay_post, self.dt, label, "delay_post")
            made = Projection(label, pre, post, connector, 0.0, delay, None, None, model, float(delay_post))
            self.projections[label] = made
            return made
        known = after.neuron.model.receptors
        receptor = known[0] if receptor is None and known else receptor
        if receptor not in known:
            raise DescriptionError(f"{label}.receptor: one of {', '.join(known)} is expected, got {receptor!r}")
        weight = synaptic_weight(weight, connector, before, after, label, receptor)
        shortest = 1 if getattr(plasticity, "update", None) == "deferred" else ORDERS[self.order].shortest
        delay = synaptic_delay(delay, connector, before, after, label, self.dt, shortest)
        if plasticity is not None and type(plasticity).__name__ not in RULES:
            raise DescriptionError(f"{label}.plasticity: a learning rule is expected, got {plasticity!r}")
        if isinstance(plasticity, SpikePairSTDP):
            numbers(getattr(weight, "low", weight), label, "weight", low=plasticity.w_min)
        varied = any(isinstance(value, Normal) for value in (weight, delay))
        if getattr(connector, "procedural", False) and (plasticity or varied):
            raise DescriptionError(
                f"{label}.connector: procedural synapses are static and have one weight and one delay for all"
            )
        self.projections[label] = Projection(label, pre, post, connector, weight, delay, receptor, plasticity)
        return self.projections[label]

    def poisson(self, population, *, rate, weight, receptor="excitatory", sources=None, start=0, stop=None):
        """Give every neuron of a population independent Poisson input.

        Parameters
        ----------
        population : str or Population
        rate : float
            Spikes per second into each neuron, or of each of the sources.
        weight : float
            nA or mV by the population's model, at least 0; of either sign for models made of equations.
        receptor : "excitatory", "inhibitory", or another that the model has
        sources : int, optional
            Lump so many sources: binomial numbers of spikes, as Brian2's PoissonInput draws them.
        start, stop : int
            Neurons start .. stop - 1 receive it; default all.

        Returns
        -------
        PoissonInput

        Raises
        ------
        DescriptionError
        """
        target = self._existing(getattr(population, "name", population))
        owner = f"PoissonInput into {target.name}"
        if target.is_source:
            raise DescriptionError(f"{owner}: a spike source takes no input")
        model = target.neuron.model
        known = model.receptors if model.signed else RECEPTORS
        if receptor not in known:
            raise DescriptionError(f"{owner}.receptor: one of {', '.join(known)} is expected, got {receptor!r}")
        low = None if model.signed else 0.0
        weight = numbers(weight, owner, "weight", unit=model.unit_of(receptor), low=low, scalar=True)
        given = PoissonInput(target.name, rate, weight, receptor, sources, start, stop)
        if max(given.start, given.stop or 0) > target.size:
            raise DescriptionError(f"{owner}.stop: {target.name} has {target.size} neurons, got {given.stop}")
        if sources is not None and given.rate * self.dt > 1000.0:
            raise DescriptionError(
                f"{owner}.rate: a source spikes at most once per step, {1000.0 / self.dt:g} per second"
            )
        if given.rate * self.dt / 1000.0 * (1 if sources is None else given.sources) > MOST_PER_STEP:
            raise DescriptionError(f"{owner}.rate: at most {MOST_PER_STEP:g} spikes per step are possible")
        self.poisson_inputs.append(given)
        return given

    def current(self, population, times, amplitudes, ids=None):
        """Drive a population with a step current: from each time (ms) on, its amplitude (nA). Returns a StepCurrent."""
        target = self._existing(getattr(population, "name", population))
        current = StepCurrent(target.name, times, amplitudes, ids)
        if target.is_source:
            raise DescriptionError(f"StepCurrent into {target.name}: a spike source takes no current")
        if current.ids is not None:
            indices(current.ids, f"StepCurrent into {target.name}", "ids", target.size)
        steps(current.times, self.dt, f"StepCurrent into {target.name}", "times")
        self.currents.append(current)
        return current

    def probe(self, target, variable, every=None, ids=None):
        """Record a state variable of a population (``probe("A", "v")``) or the weights of a projection.

        Parameters
        ----------
        target : str, Population or Projection
        variable : str
            A state variable of the neuron model, or "weight". A sample at time t is the state before step t / dt.
        every : float, optional
            Sampling interval in ms, a multiple of dt; default dt.
        ids : array_like of int, optional
            Neurons (or synapses, in the connector's order) to sample; default all.

        Returns
        -------
        Probe
        """
        target = getattr(target, "name", target)
        if not isinstance(target, str) or target not in self.projections:
            self._existing(target)
        every = self.dt if every is None else numbers(every, f"probe of {target}", "every", unit="ms", scalar=True)
        steps(every, self.dt, f"probe of {target}", "every", least=1)
        if target in self.projections:
            model = self.projections[target].model
            known = ("weight",) if model is None else tuple(model.model.variables)
            if variable not in known:
                raise DescriptionError(f"probe of {target}: it has {', '.join(known) or 'nothing'}, not {variable!r}")
            sizes = (self.populations[side].size for side in self._ends(target))
            connector = self.projections[target].connector
            if getattr(connector, "procedural", False):
                raise DescriptionError(f"probe of {target}: procedural synapses are not stored and cannot be probed")
            size = None if isinstance(connector, FixedProbability) else connector.expected(*sizes)
        else:
            population = self._existing(target)
            if population.is_source or variable not in population.neuron.model.state:
                raise DescriptionError(f"probe of {target}: no state variable called {variable!r}")
            size = population.size
        if ids is not None:
            ids = indices(ids, f"probe of {target}", "ids", size)
        probe = Probe(target, variable, every, ids)
        if any(probe.name == other.name for other in self.probes):
            raise DescriptionError(f"probe of {target}: {variable} is already recorded; one probe may name several ids")
        self.probes.append(probe)
        return probe

    def copy(self):
        """Return a network of the same parts; adding to one does not change the other."""
        other = Network(self.dt, self.order)
        other.populations, other.projections = dict(self.populations), dict(self.projections)
        other.currents, other.probes = list(self.currents), list(self.probes)
        other.poisson_inputs = list(self.poisson_inputs)
        return other

    def __eq__(self, other):
        if not isinstance(other, Network):
            return NotImplemented
        from neuromem.network.tree import same, to_tree

        return _models(self) == _models(other) and same(to_tree(self), to_tree(other))

    __hash__ = None

    def __str__(self):
        from neuromem.network.table import as_table

        return as_table(self)

    def __repr__(self):
        return (
            f"Network(dt={self.dt:g}, order={self.order!r}: {len(self.populations)} populations, "
            f"{len(self.projections)} projections)"
        )

    def _ends(self, projection):
        return self.projections[projection].pre, self.projections[projection].post

    def _check_name(self, name, kind):
        if not isinstance(name, str) or not name or "/" in name or "." in name:
            raise DescriptionError(f"{kind} {name!r}: a name is a non-empty text without '/' and '.'")
        if name in self.populations or name in self.projections:
            raise DescriptionError(f"{kind} {name}: the network already has an object of that name")

    def _existing(self, name):
        if not isinstance(name, str) or name not in self.populations:
            known = ", ".join(self.populations) or "none yet"
            raise DescriptionError(f"unknown population {name!r}; the network has {known}")
        return self.populations[name]


def _models(network):
    """The neuron models of the populations; a changed copy of a model is another model, whatever its name.

    Those made of equations are what their definitions say, which are in the tree.
    """
    models = [getattr(population.neuron, "model", None) for population in network.populations.values()]
    return [None if hasattr(model, "recipe") else model for model in models]
