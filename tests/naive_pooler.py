"""Plain twin of the spatial pooler: lists of numbers, the same first permanences."""

import math

import numpy as np

from naive_draws import word

FIRST, ORDER = (5 << 28) + 4, (5 << 28) + 5


def first(seed, obj, column, i, connected):
    share = word(seed, obj, i, column) / 2**32
    value = 2 * share * connected if share < 0.5 else connected + (2 * share - 1) * (1 - connected)
    return np.float32(value)


class Twin:
    """`potential`: the inputs of each column, sets; the rest as in `SpatialPooler.parameters`."""

    def __init__(self, rule, potential):
        self.rule, self.potential = rule, potential
        columns, inputs = range(rule["columns"]), range(rule["inputs"])
        self.p = [[first(rule["seed"], FIRST, c, i, rule["connected"]) for i in inputs] for c in columns]
        order = [first(rule["seed"], ORDER, 0, c, 0.5) for c in columns]
        self.order = sorted(columns, key=lambda c: (order[c], c))
        self.won, self.overlapped, self.steps = [0.0] * len(columns), [0.0] * len(columns), 0

    def step(self, active, learn):
        rule, columns = self.rule, range(self.rule["columns"])
        threshold = np.float32(rule["connected"])
        overlap = [sum(self.p[c][i] >= threshold for i in active & self.potential[c]) for c in columns]
        overlap = [o if o >= rule["stimulus_threshold"] else 0 for o in overlap]
        share = rule["active"] / rule["columns"]
        boosted = [o * math.exp(rule["boost"] * (share - w)) for o, w in zip(overlap, self.won)]
        ranked = sorted(columns, key=lambda c: (-boosted[c], self.order.index(c)))[: rule["active"]]
        winners = sorted(c for c in ranked if overlap[c] or not rule["stimulus_threshold"])
        if learn:
            self.steps += 1
            period = min(self.steps, rule["duty_period"])
            for c in columns:
                self.won[c] += ((c in winners) - self.won[c]) / period
                self.overlapped[c] += ((overlap[c] > 0) - self.overlapped[c]) / period
                if c in winners:
                    self.adapt(c, active, rule["increment"], -rule["decrement"])
            for c in columns:
                if self.overlapped[c] < 0.001 * max(self.overlapped):
                    self.adapt(c, active, 0.1 * rule["connected"], 0.1 * rule["connected"])
        return winners

    def adapt(self, c, active, up, down):
        for i in self.potential[c]:
            changed = self.p[c][i] + np.float32(up if i in active else down)
            self.p[c][i] = min(np.float32(1), max(np.float32(0), changed))
