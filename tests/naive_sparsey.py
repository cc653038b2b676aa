"""Plain twin of a macrocolumn: synapses in dicts, the algorithm as it reads, the same stream of random words."""

import math

from naive_draws import philox

MASK = 2**32 - 1


def words_of(step, index, stream, seed):
    """The first two words of a Philox block."""
    return philox([step & MASK, step >> 32, index, stream], [seed & MASK, seed >> 32])[:2]


class Twin:
    """As `Mac`, for sources as sets; `pathways` is [(sources, own)], `stages` None or (ages, values, wait)."""

    def __init__(self, cms, units, selection, pathways, saturation=0.5, stages=None, seed=0, number=0):
        self.cms, self.units, self.selection = cms, units, selection
        self.pathways, self.stages, self.seed, self.number = pathways, stages, seed, number
        self.synapses = [{} for _ in pathways]  # (source, unit) -> [last, stage]
        self.frozen = [set() for _ in pathways]
        self.limit = [int(saturation * (n - units if own else n)) for n, own in pathways]
        self.now, self.bend = 0, selection.constants[0]

    def weight(self, p, source, unit):
        if (source, unit) not in self.synapses[p]:
            return 0.0
        if self.stages is None:
            return 1.0
        ages, values, _ = self.stages
        last, stage = self.synapses[p][source, unit]
        if stage == len(ages):
            return 1.0
        return next((v for age, v in zip(ages[stage], values[stage]) if self.now - last < age), 0.0)

    def supports(self, active, norms):
        V = [1.0] * (self.cms * self.units)
        for p, power in enumerate(self.selection.exponents):
            if norms[p] > 0:
                for i in range(len(V)):
                    V[i] *= min(1.0, sum(self.weight(p, j, i) for j in sorted(active[p])) / norms[p]) ** power
        return V

    def mu(self, V, G):
        s = self.selection
        a, b, c, d = s.constants
        eta = 1 + max(0.0, (G - s.gm) / (1 - s.gm)) ** s.gamma * s.chi * self.units
        if s.transfer == "2014":
            return (eta - 1) / (1 + a * math.exp(-b * (V - c))) ** d + 1
        if s.transfer == "alternate":
            return (eta - 1) / (1 + (a * math.exp(-b * (V - c))) ** d) + 1
        if s.transfer == "2010":
            return a * G**b / (1 + math.exp(-(c * V + d))) + 1
        return max(eta / (1 + math.exp(-b * (V - self.bend))), 1.0)

    def present(self, active, norms, drawn, learning, words=()):
        """(winner, G, rivals) of a frame; `words` are those of all pathways, for ties."""
        V = self.supports(active, norms)
        modules = [range(q * self.units, (q + 1) * self.units) for q in range(self.cms)]
        G = sum(max(V[i] for i in module) for module in modules) / self.cms
        rivals = sum(v > self.selection.rival for v in V) / self.cms
        name = self.digest(words)
        shut = {"any": (), "open": self.frozen[0], "fresh": {i for _, i in self.synapses[0]}}[self.selection.recruit]
        winner = []
        for q, module in enumerate(modules):
            if drawn:
                winner.append(self.draw(q, [self.mu(V[i], G) - (i in shut) for i in module]))
            else:
                best = [k for k, i in enumerate(module) if V[i] == max(V[i] for i in module)]
                word = words_of(name, q, 2 * self.number + 1, self.seed)[0]
                winner.append(best[word * len(best) >> 32])
        if learning:
            self.learn(active, norms, winner)
            a, _, c, d = self.selection.constants
            if self.selection.transfer == "ratchet" and sum(V) / len(V) > d:
                self.bend = min(c, self.bend + (c - a) / 100)
        return winner, G, rivals

    def draw(self, q, mus):
        w0, w1 = words_of(self.now, q, 2 * self.number, self.seed)
        u = ((w0 << 20 | w1 >> 12) + 0.5) / 2**52
        if sum(mus) <= 0:
            return int(u * len(mus))
        left = u * sum(mus)
        for k, value in enumerate(mus):
            left -= value
            if left < 0:
                return k
        return len(mus) - 1

    @staticmethod
    def digest(words):
        a, b = 0, 0
        for path in words:
            for w, word in enumerate(path):
                a, b = philox([word & MASK, word >> 32, a, b], [w, 0])[:2]
        return a | b << 32

    def learn(self, active, norms, winner):
        for q, k in enumerate(winner):
            unit = q * self.units + k
            for p, (_, own) in enumerate(self.pathways):
                if norms[p] <= 0 or unit in self.frozen[p]:
                    continue
                for j in active[p]:
                    if not (own and j // self.units == q):
                        self.strengthen(p, j, unit)
                if sum(i == unit for _, i in self.synapses[p]) > self.limit[p]:
                    self.frozen[p].add(unit)
                    for (_, i), synapse in self.synapses[p].items():
                        if i == unit and self.stages is not None:
                            synapse[1] = len(self.stages[0])

    def strengthen(self, p, source, unit):
        old = self.synapses[p].get((source, unit))
        stage = 0 if old is None else old[1]
        if old is not None and self.stages is not None:
            ages, _, wait = self.stages
            if stage < len(ages) and wait <= self.now - old[0] < ages[stage][0]:
                stage += 1
        self.synapses[p][source, unit] = [self.now, stage]
