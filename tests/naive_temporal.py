"""Plain twin of the temporal memory: dicts and lists, the algorithm as it reads, the same stream of random words."""

from naive_draws import word

WORDS = 128


class Twin:
    """As `TemporalMemory`; `rule` has the fields of `kernels.dendrites.Rule`."""

    def __init__(self, columns, segments, rule):
        self.columns, self.rule = columns, rule
        self.free = list(range(segments))[::-1]
        self.segments = {}  # number -> {"owner", "synapses": [[cell, permanence]], "born"}
        self.order = []  # segments, least recently used first
        self.used = {}
        self.active, self.winners, self.now = [], [], 0
        self.counts = {}
        self.dead = set()

    def kill(self, cells):
        for cell in sorted(cells):
            self.dead.add(cell)
            for s in self.newest_first(cell):
                self.remove(s)
        self.active = [cell for cell in self.active if cell not in self.dead]
        self.winners = [cell for cell in self.winners if cell not in self.dead]
        self.count()

    def step(self, columns, learn):
        self.now += 1
        self.drawn, rule = 0, self.rule
        before, self.was_active = self.winners, set(self.active)
        active = self.chains(lambda count: count[1] >= rule.activation)
        matching = self.chains(lambda count: count[0] >= rule.matching)
        self.active, self.winners, hits = [], [], 0
        for column in sorted(columns):
            if column in active:
                hits += 1
                self.fulfil(active[column], before, learn)
            else:
                self.burst(column, matching.get(column, []), before, learn)
        for column, listed in matching.items() if learn and rule.punishment > 0 else ():
            for s in listed:
                if self.old(s) and column not in columns:
                    self.adapt(s, -rule.punishment, 0.0)
        self.count()
        return hits

    def count(self):
        """(active, active and connected) synapses of each segment; those that match count as used."""
        active = set(self.active)
        self.counts = {
            s: (
                sum(cell in active for cell, _ in segment["synapses"]),
                sum(cell in active and p >= self.rule.connected for cell, p in segment["synapses"]),
            )
            for s, segment in self.segments.items()
        }
        for _, listed in sorted(self.chains(lambda count: count[0] >= self.rule.matching).items()):
            for s in listed:
                self.use(s)

    def chains(self, test):
        """column -> segments that pass, ascending."""
        found = {}
        for s in sorted(self.counts):
            if test(self.counts[s]):
                found.setdefault(self.owners[s] // self.rule.cells, []).append(s)
        return found

    @property
    def owners(self):
        return {s: segment["owner"] for s, segment in self.segments.items()}

    def predicted(self):
        return sorted(self.chains(lambda count: count[1] >= self.rule.activation))

    def old(self, s):
        return s in self.segments and self.segments[s]["born"] < self.now

    def draw(self, bound):
        value = word(self.rule.seed, 0, self.drawn, self.now)
        self.drawn += 1
        return value * bound >> 32

    def use(self, s):
        if s in self.order:
            self.order.remove(s)
        self.order.append(s)
        self.used[s] = self.now

    def fulfil(self, listed, before, learn):
        for s in listed:
            if not self.old(s):
                continue
            cell = self.segments[s]["owner"]
            if cell not in self.active:
                self.winners.append(cell)
                self.active.append(cell)
            if learn:
                self.adapt(s, self.rule.increment, -self.rule.decrement)
                if self.rule.regrow:
                    self.sprout(s, self.rule.grown - self.counts[s][0], before)

    def burst(self, column, listed, before, learn):
        cells = range(column * self.rule.cells, (column + 1) * self.rule.cells)
        cells = [cell for cell in cells if cell not in self.dead]
        if not cells:
            return
        self.active += cells
        listed = [s for s in listed if self.old(s)]
        best = max(listed, key=lambda s: (self.counts[s][0], -s), default=None)
        if best is not None:
            winner = self.segments[best]["owner"]
        else:
            owners = list(self.owners.values())
            fewest = min(owners.count(cell) for cell in cells)
            equal = [cell for cell in cells if owners.count(cell) == fewest]
            winner = equal[self.draw(len(equal)) if len(equal) > 1 else 0]
        self.winners.append(winner)
        if learn and best is not None:
            self.adapt(best, self.rule.increment, -self.rule.decrement)
            self.sprout(best, self.rule.grown - self.counts[best][0], before)
        elif learn and before:
            self.sprout(self.make(winner), self.rule.grown, before)

    def make(self, cell):
        mine = [s for s, owner in self.owners.items() if owner == cell]
        if len(mine) == self.rule.per_cell:
            oldest = min(self.used[s] for s in mine)
            self.remove([s for s in self.newest_first(cell) if self.used[s] == oldest][0])
        elif not self.free:
            self.remove(self.order[0])
        s = self.free.pop()
        self.segments[s] = {"owner": cell, "synapses": [], "born": self.now, "made": len(self.used)}
        self.serial = getattr(self, "serial", 0) + 1
        self.segments[s]["made"] = self.serial
        self.use(s)
        return s

    def newest_first(self, cell):
        mine = [s for s, owner in self.owners.items() if owner == cell]
        return sorted(mine, key=lambda s: -self.segments[s]["made"])

    def remove(self, s):
        del self.segments[s]
        self.order.remove(s)
        self.free.append(s)

    def adapt(self, s, up, down):
        synapses = self.segments[s]["synapses"]
        for slot in range(len(synapses) - 1, -1, -1):
            cell, p = synapses[slot]
            change = up if cell in self.was_active else down
            if change == 0:
                continue
            synapses[slot][1] = self.rounded(min(1.0, self.rounded(p + self.rounded(change))))
            if synapses[slot][1] <= 0:
                self.drop(synapses, slot)

    def sprout(self, s, wanted, before):
        synapses = self.segments[s]["synapses"]
        have = {cell for cell, _ in synapses}
        candidates = [cell for cell in before if cell not in have]
        wanted = min(wanted, len(candidates), self.rule.width)
        for k in range(wanted):
            other = k + (self.draw(len(candidates) - k) if wanted < len(candidates) else 0)
            chosen = candidates[other]
            candidates[other] = candidates[k]
            if len(synapses) == self.rule.width:
                weak = [slot for slot, (cell, _) in enumerate(synapses) if cell not in self.was_active]
                if not weak:
                    return
                self.drop(synapses, min(weak, key=lambda slot: synapses[slot][1]))
            synapses.append([chosen, self.rounded(self.rule.initial)])

    @staticmethod
    def drop(synapses, slot):
        """The last one takes its place."""
        last = synapses.pop()
        if slot < len(synapses):
            synapses[slot] = last

    @staticmethod
    def rounded(value):
        import numpy as np

        return float(np.float32(value))
