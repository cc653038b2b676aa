"""Plain Python that runs a model's pieces neuron by neuron in Brian2's order of operations, without the compiler."""

import math

import numpy as np


class Steps:
    """A neuron model stepped in plain Python.

    Attributes
    ----------
    state : list of dict
        Per neuron: variable -> value.
    """

    def __init__(self, neuron, size=1, dt=0.1, initial=None, seed=0):
        model = self.model = neuron.model
        self.dt, self.step, self.size = dt, 0, size
        self.rng = np.random.default_rng(seed)
        values = model.constants(neuron.parameters, dt, "brian2")
        self.constants = [{k: float(np.broadcast_to(v, size)[i]) for k, v in values.items()} for i in range(size)]
        starts = dict.fromkeys(model.state, 0.0)
        starts |= {v: neuron.parameters[p] for v, p in model.initial.items()} | (initial or {})
        self.state = [{v: float(np.broadcast_to(x, size)[i]) for v, x in starts.items()} for i in range(size)]
        period = np.broadcast_to(model.refractory(neuron.parameters), size)
        self.pause = [math.floor((p + 1e-3 * dt) / dt) for p in period]
        self.waiting = [0] * size
        self.timed = {k: v for k, v in neuron.parameters.items() if hasattr(v, "dt")}
        self.code = {
            part: compile(text, part, "exec")
            for part, text in {"integrate": model.integrate["brian2"], "reset": model.reset}.items()
        }
        self.threshold = compile(model.threshold, "threshold", "eval")
        self.leave = compile(model.leave, "leave", "eval") if model.leave else None

    def scope(self, i):
        """Everything that the pieces can name, for neuron i."""
        model = self.model
        found = {
            "math": math,
            "exp": math.exp,
            "expm1": math.expm1,
            "np": np,
            "real": float,
            "zero": 0.0,
            "one": 1.0,
            "neuron": i,
            "size": float(self.size),
        }
        found |= {"waiting": self.waiting[i], "t": self.step * self.dt, "i_ext": 0.0, "step": self.step}
        found |= self.constants[i] | {model.local(v): x for v, x in self.state[i].items()}
        found |= {f"normal_{k}": self.rng.standard_normal() for k in range(4)}
        found |= {f"uniform_{k}": self.rng.random() for k in range(4)}
        for name, table in self.timed.items():
            row = table.values[min(int(self.step * self.dt / table.dt + 1e-6), len(table.values) - 1)]
            found[model.local(name)] = float(row if np.ndim(row) == 0 else row[i])
            self._other_times(found, model.local(name), table)
        return found

    def _other_times(self, found, name, table):
        """What is needed to look a table up at other times than now."""
        ticks = 2 ** math.ceil(math.log2(8 * table.dt / self.dt))
        before = found.get("constants", np.zeros(0))
        found |= {"constants": np.append(before, table.values), "apart": self.size, f"timed_rows_{name}": before.size}
        found |= {f"timed_last_{name}": len(table.values) - 1, f"timed_ticks_{name}": ticks}
        found[f"timed_tick_{name}"] = table.dt / ticks

    def keep(self, i, found):
        """Take the state from what the pieces left."""
        for variable in self.state[i]:
            self.state[i][variable] = float(found[self.model.local(variable)])

    def advance(self):
        """One step; returns who spikes."""
        spikes = []
        for i in range(self.size):
            if self.leave:
                self.waiting[i] = int(self.waiting[i] > 0 and eval(self.leave, self.scope(i)))
            else:
                self.waiting[i] -= self.waiting[i] > 0
            found = self.scope(i)
            before = dict(self.state[i])
            exec(self.code["integrate"], found)
            if self.waiting[i]:
                found |= {self.model.local(v): before[v] for v in self.model.held}
            self.keep(i, found)
            if self.waiting[i] == 0 and eval(self.threshold, found):
                spikes.append(i)
                exec(self.code["reset"], found)
                self.keep(i, found)
                self.waiting[i] = 1 if self.leave else self.pause[i]
        self.step += 1
        return spikes

    def run(self, steps, *variables):
        """Advance; returns {variable: array (steps, size)} before each step, and (step, neuron) of spikes."""
        trace, spikes = {v: np.zeros((steps, self.size)) for v in variables}, []
        for k in range(steps):
            for v in variables:
                trace[v][k] = [state[v] for state in self.state]
            spikes += [(k, i) for i in self.advance()]
        return trace, spikes
