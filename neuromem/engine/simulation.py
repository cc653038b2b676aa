"""`Simulation`: a compiled network with its state."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from neuromem.engine import general
from neuromem.engine import weights as weights_of
from neuromem.engine.checks import check_seed, check_threads
from neuromem.engine.footprint import check_fits
from neuromem.engine.pace import Pace, cores
from neuromem.engine.parts import rows_of
from neuromem.engine.plan import compile_network, described_events, row_index, spike_events, waiting_of
from neuromem.engine.probes import check_probes, traces
from neuromem.engine.recorder import Recorder, Result, Status, recorded_populations
from neuromem.errors import DescriptionError, StoreError, UsageError
from neuromem.kernels import layout as at
from neuromem.network.check import check_network, indices, numbers, steps
from neuromem.network.check import count as whole_count
from neuromem.network.inputs import SpikeSourceArray

SATURATED = 0.5
"""Share of the highest possible rate above which a population counts as saturated."""
OUTPUT_ROOM = 1 << 16
"""Spikes that fit between two visits to the recorder."""


class Simulation:
    """A network that runs: state, plastic weights and clock.

    Parameters
    ----------
    network : Network
    seed : int
        Keys every random number: connectors and Poisson sources.
    threads : int
        Most threads to use. Results are the same bits for any number; the engine falls back to one while that is
        faster, because the network is small or the cores are busy.
    dtype : "float64" or "float32"
        Of neuron state. Weights are float32.
    record : "all", None, or a collection of population names
    path : path-like, optional
        Stream spikes to this HDF5 file instead of memory.

    Raises
    ------
    UsageError, DescriptionError
    FitError
        If it needs more memory than there is.
    """

    def __init__(self, network, *, seed=0, threads=1, dtype="float64", record="all", path=None):
        check_network(network, "simulate")
        check_threads(threads)
        if str(dtype) not in ("float32", "float64"):
            raise UsageError(f'dtype: "float32" or "float64" is expected, got {dtype!r}')
        check_fits(network, str(dtype), int(threads))
        self.network = network.copy()
        self.seed = check_seed(seed)
        self.step = 0
        self.interrupted = False
        self.goal = None  # step at which a long run is to end
        self._learning = True
        recorded = recorded_populations(network, record)
        self.events = described_events(self.network)
        self.plan = compile_network(
            self.network, self.seed, np.dtype(str(dtype)), set(recorded), self.events, int(threads)
        )
        sizes = {name: network.populations[name].size for name in recorded}
        self.recorder = Recorder(sizes, network.dt, path, {"seed": self.seed, "dtype": str(dtype)})
        table = self.plan.populations
        self._recorded = [(name, *table[self.plan.index[name], [at.FIRST, at.SIZE]]) for name in recorded]
        room = OUTPUT_ROOM + (self.plan.span + 1) * self.plan.spiking.id.shape[1]
        check_probes(self.network, self.plan)
        self._out = np.empty(room, np.int64), np.empty(room, np.int32)
        self.samples = {probe.name: ([], []) for probe in network.probes}
        self._changed = 0
        self.rewritten = set()  # projections whose weights are no longer those of the description
        self.pace = Pace(min(int(threads), self.plan.parts, cores()))
        self._pool = ThreadPoolExecutor(self.pace.most - 1) if self.pace.most > 1 else None

    @property
    def learning(self):
        """Whether synapses learn; meanwhile weights and traces rest, and spikes are not learned from later either."""
        return self._learning

    @learning.setter
    def learning(self, on):
        self.flush()
        self._learning = bool(on)

    def run(self, duration, *, until=None):
        """Advance by `duration` ms, or until a neuron of population `until` has spiked.

        Returns
        -------
        bool
            True if `until` spiked.
        """
        count = steps(numbers(duration, "run", "duration", unit="ms", scalar=True), self.network.dt, "run", "duration")
        return self.run_steps(count, until=until)

    def run_steps(self, count, *, until=None):
        """Advance by `count` steps, or until a neuron of population `until` has spiked; True if it did."""
        stop = self.step + whole_count(count, "run_steps", "count")
        self.interrupted = False
        watch = at.NONE if until is None else self._row(until, "until")
        every = [steps(p.every, self.network.dt, p.name, "every") for p in self.network.probes]
        seen = False
        while self.step < stop and not seen and not self.interrupted:
            for probe, interval in zip(self.network.probes, every, strict=True):
                if self.step % interval == 0:
                    self._sample(probe)
            self._change_currents()
            waits = [interval - self.step % interval for interval in every]
            waits += [self.plan.changes[0][self._changed] - self.step] if self._pending_change() else []
            seen = self._advance(min([stop, *(self.step + wait for wait in waits)]), watch)
        return seen

    def interrupt(self):
        """Ask a run in progress to stop after the steps at hand; it can be continued."""
        self.interrupted = True

    def _advance(self, stop, watch):
        while self.step < stop and not self.interrupted:
            began, first = time.perf_counter(), self.step
            threads = self.pace.next()
            count, seen = self._call(min(stop, self.step + self.pace.steps), watch, threads)
            self._record(self._out[0][:count], self._out[1][:count])
            self.pace.measured(threads, self.step - first, time.perf_counter() - began)
            if seen:
                return True
        return False

    def _call(self, stop, watch, threads):
        """Run the compiled loop up to `stop`; returns the number of recorded spikes and whether `watch` spiked."""
        plan = self.plan
        span = 1 if watch != at.NONE else plan.span
        arguments = (
            np.array([self.step, stop, span, plan.parts, plan.longest]),
            watch,
            self.learning,
            self.seed,
            plan.neurons,
            plan.events,
            plan.synapses,
            plan.plastic if plan.learns else (),  # fewer arrays to unpack: a quicker compilation
            plan.chance if plan.draws else (),
            plan.spiking,
            *self._out,
        )
        plan.spiking.barrier[:] = 0
        others = [self._pool.submit(plan.loop.advance, k, threads, *arguments) for k in range(1, threads)]
        self.step, count, seen = plan.loop.advance(0, threads, *arguments)
        for other in others:
            other.result()
        return count, seen

    def _record(self, out_step, out_id):
        if out_id.size == 0:
            return
        for name, first, size in self._recorded:
            mine = (out_id >= first) & (out_id < first + size)
            if mine.any():
                self.recorder.write(out_step[mine], out_id[mine] - first, name)

    def _pending_change(self):
        return self._changed < self.plan.changes[0].size

    def _change_currents(self):
        when, who, level = self.plan.changes
        while self._pending_change() and when[self._changed] <= self.step:
            self.plan.neurons.state[who[self._changed]] = level[self._changed]
            self._changed += 1

    def _sample(self, probe):
        plain = probe.variable == "weight" and self.network.projections[probe.target].model is None
        values = self.weights(probe.target) if plain else self.state(probe.target, probe.variable)
        steps_, rows = self.samples[probe.name]
        steps_.append(self.step)
        rows.append(values.ravel() if probe.ids is None else values.ravel()[probe.ids])

    def state(self, population, variable):
        """Return a copy of a state variable of a population, shape (size,), or of a projection with a synapse model.

        Of the latter in the connector's order, shape (synapses,). Quantities are in the model's units.
        """
        if population in self.plan.projection_index:
            return self._synaptic(population, variable)
        row = self.plan.populations[self._row(population, "state")]
        if self.network.populations[population].is_source:
            raise UsageError(f"state: {population} is a spike source and has none")
        names = rows_of(self.network, population)
        if variable == "waiting":
            return waiting_of(self.plan, population).copy()
        if variable not in names:
            raise UsageError(f"state: {population} has no variable {variable!r}; it has {', '.join(names)}, waiting")
        return self.plan.neurons.state[row_index(row, len(names), names.index(variable))]

    def _synaptic(self, projection, variable):
        model = self.network.projections[projection].model
        names = [] if model is None else list(model.model.variables)
        if variable not in names:
            known = ", ".join(names) or "none; its weights are in weights()"
            raise UsageError(f"state: {projection} has no variable {variable!r}; it has {known}")
        return general.values_of(self.plan, self.plan.projection_index[projection], names.index(variable))

    def weights(self, projection):
        """Return a copy of a projection's weights in the connector's order, float32 (synapses,).

        Deferred learning is brought up to date first.

        Raises
        ------
        UsageError
            If there is no such projection, or it is procedural: its synapses are drawn anew and not stored.
        """
        number = self._projection(projection)
        if getattr(self.network.projections[projection].connector, "procedural", False):
            raise UsageError(
                f"{projection}: its synapses are procedural and have one weight, which is not stored for each; "
                "describe it without procedural=True to read them"
            )
        if self.network.projections[projection].model is not None:
            raise UsageError(f"{projection}: its synapses have a model; read its variables with state()")
        self.flush()
        return weights_of.read(self.plan, number)

    def set_weights(self, projection, weights):
        """Replace a plastic or per-synapse projection's weights, given in the connector's order.

        Where an STDP rule bounds them, they must not be below its w_min, nor above its w_max if it is immediate; a
        deferred rule brings them down at the next spike.
        """
        number = self._projection(projection)
        if self.network.projections[projection].model is not None:
            raise UsageError(f"{projection}: its synapses have a model and no weights to replace")
        size = self.plan.stored[number].size
        bounds = weights_of.bounds(self.network.projections[projection].plasticity)
        weights = np.ravel(numbers(weights, projection, "weight", **bounds)).astype(np.float32)
        if weights.size not in (1, size):
            raise UsageError(f"{projection}: {size} weights are expected, got {weights.size}")
        if self.plan.pieces(number)[0, at.WEIGHT] == at.NONE:
            raise UsageError(f"{projection}: has one weight for all synapses; describe it with an array to change it")
        self.flush()
        weights_of.replace(self.plan, number, np.broadcast_to(weights, size))
        self.rewritten.add(projection)

    def flush(self):
        """Apply weight changes that wait for a spike; exact, so it never alters what follows."""
        weights_of.flush(self.plan, self.step, self._learning)

    def feed(self, population, when, ids):
        """Give a spike-array population new spikes, in steps from now on, in place of what was to come.

        Parameters
        ----------
        when, ids : array_like of int, shape (k,)
            Steps counted from the present one, and source indices; each pair once.
        """
        target = self.network.populations[list(self.plan.index)[self._row(population, "feed")]]
        if not isinstance(target.neuron, SpikeSourceArray):
            raise UsageError(f"feed: {population} is not a SpikeSourceArray population")
        try:
            when, ids = (
                indices(when, f"feed {population}", "when"),
                indices(ids, f"feed {population}", "ids", target.size),
            )
        except DescriptionError as error:
            raise UsageError(str(error)) from None
        if when.size != ids.size:
            raise UsageError(f"feed {population}: one source per step is expected, got {ids.size} for {when.size}")
        pairs = np.unique(np.column_stack([when + self.step, ids]), axis=0)
        if len(pairs) < when.size:
            raise UsageError(f"feed {population}: a source can spike only once in a step")
        self.set_events(self.events | {population: (pairs[:, 0], pairs[:, 1])})

    def set_events(self, events):
        """Replace the spikes of all spike-array populations, population -> (steps, ids); those still to come count."""
        self.events = dict(events)
        self.plan.events = spike_events(self.events, self.plan.index, self.plan.populations, self.step)
        self._changed = int(np.searchsorted(self.plan.changes[0], self.step))

    def snapshot(self):
        """Copy all that changes in a run except weights, for `restore`."""
        return self.step, dict(self.events), [array.copy() for array in self._changing()]

    def restore(self, snapshot):
        """Go back to a snapshot; weights stay as they are, and recorded spikes are forgotten."""
        self.step, events, arrays = snapshot
        for target, source in zip(self._changing(), arrays, strict=True):
            target[...] = source
        self.set_events(events)
        self.recorder.clear()
        for when, rows in self.samples.values():
            keep = sum(step < self.step for step in when)
            del when[keep:], rows[keep:]

    def _changing(self):
        plan = self.plan
        kept = plan.synapses.variable, plan.synapses.updated
        return plan.neurons.state, plan.neurons.waiting, plan.neurons.ring, *kept, *plan.spiking[:3], *plan.plastic[:9]

    def result(self):
        """Return the Result so far."""
        dt, sizes = self.network.dt, self.recorder.sizes
        found = traces(self.network, self.samples)
        return Result(self.recorder.spikes(), found, self.step * dt, dt, self.status, self.seed, sizes)

    @property
    def status(self):
        """How the run stands, a Status."""
        if not np.isfinite(self.plan.neurons.state).all():
            return Status.NOT_FINITE
        if self.interrupted:
            return Status.INTERRUPTED
        neurons = {name: p for name, p in self.network.populations.items() if not p.is_source}
        counts = self.spike_counts()
        for name, population in neurons.items():
            pause = np.max(population.neuron.model.refractory(population.neuron.parameters)) / self.network.dt
            if counts[name] > SATURATED * population.size * self.step / (pause + 1.0):
                return Status.SATURATED
        if neurons and self.step and not any(counts[name] for name in neurons):
            return Status.SILENT
        return Status.FINISHED

    def spike_counts(self):
        """Spikes of each population since the start, recorded or not."""
        totals = self.plan.spiking.total
        return {name: int(totals[p :: len(self.plan.index)].sum()) for name, p in self.plan.index.items()}

    def save(self, path):
        """Write a checkpoint: everything that the run still needs, with what it has recorded.

        Raises
        ------
        StoreError, DescriptionError
        """
        from neuromem import io
        from neuromem.engine import checkpoint

        io.save(path, checkpoint.KIND, checkpoint.to_checkpoint(self))

    @classmethod
    def load(cls, path, *, threads=1):
        """Continue from a checkpoint, to the same bits as without it, on any number of threads.

        Raises
        ------
        StoreError
            If the file is damaged, newer than this version, or no checkpoint.
        """
        from neuromem import io
        from neuromem.engine import checkpoint

        check_threads(threads)
        tree = io.load(path, checkpoint.KIND).tree
        try:
            stream = tree["recorded"].get("path") if "segments" in tree["recorded"] else None
            network = checkpoint.network_of(tree)
            simulation = cls(
                network, seed=tree["seed"], threads=threads, dtype=tree["dtype"], record=tree["record"], path=stream
            )
            checkpoint.restore(simulation, tree)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise StoreError(f"{path}: the checkpoint in it is incomplete or inconsistent ({error})") from None
        return simulation

    def _row(self, population, call):
        if population not in self.plan.index:
            known = ", ".join(self.plan.index)
            raise UsageError(f"{call}: unknown population {population!r}; the network has {known}")
        return self.plan.index[population]

    def _projection(self, name):
        if name not in self.plan.projection_index:
            known = ", ".join(self.plan.projection_index) or "none"
            raise UsageError(f"weights: unknown projection {name!r}; the network has {known}")
        return self.plan.projection_index[name]
