"""Plain Python that runs the pieces of a synapse model for one synapse, without the compiler."""

import math

import numpy as np


class OneSynapse:
    """A synapse between spike trains, in Brian2's order: in a step its pre spike comes before its post spike.

    Attributes
    ----------
    state : dict of str to float
        Variables of the synapse.
    post : dict of str to float
        Variables of the post neuron, which a spike may change; nothing else does.
    """

    def __init__(self, synapse, dt, post):
        kind = synapse.model
        self.kind, self.dt, self.post, self.updated = kind, dt, dict(post), 0
        values = synapse.parameters
        self.constants = kind.constants(values, dt)
        self.state = {v: float(values.get(kind.initial.get(v), 0.0)) for v in kind.variables}
        self.code = {part: compile(getattr(kind, part), part, "exec") for part in ("on_pre", "on_post", "flow")}

    def _run(self, part, step):
        found = {"math": math, "np": np, "real": float, "zero": 0.0, "one": 1.0, "t": step * self.dt}
        found |= {k: float(v) for k, v in self.constants.items()} | {"elapsed": (step - self.updated) * self.dt}
        found |= {self.kind.local(v): x for v, x in self.state.items()} | {f"{v}_post": x for v, x in self.post.items()}
        exec(self.code[part], found)
        self.state = {v: float(found[self.kind.local(v)]) for v in self.state}
        self.post = {v: float(found[f"{v}_post"]) for v in self.post}
        self.updated = self.updated if part == "flow" else step

    def run(self, steps, pre, post):
        """Let spikes of the two sides, sets of steps, reach it; returns [(step, side, state, post's state)]."""
        seen = []
        for step in range(steps):
            self._run("flow", step)
            for side, when in (("on_pre", pre), ("on_post", post)):
                if step in when:
                    self._run(side, step)
                    seen.append((step, side, dict(self.state), dict(self.post)))
        return seen
