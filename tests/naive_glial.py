"""Plain twin of the glial network: dictionaries by place, the same random words."""

import math

from naive_draws import poisson_number, unit, word

NOISE = (5 << 28) + 7


def rates(c, h, p, into_c, into_p):
    """Ullah's astrocyte, as it is printed: derivatives of calcium, h and IP3, per s."""
    m, n = p / (p + 0.13), c / (c + 0.082)
    store = (2.0 - c) / 0.185
    release = 0.185 * 6.0 * m**3 * n**3 * h**3 * (store - c)
    leak = 0.185 * 0.11 * (store - c)
    pump = 2.2 * c**2 / (0.1**2 + c**2)
    q2 = 1.049 * (p + 0.13) / (p + 0.9434)
    plc = 0.3 * (c + (1 - 0.8) * 1.1) / (c + 1.1)
    dc = release - pump + leak + 0.2 * p**2 / (1.0**2 + p**2) - 0.5 * c + into_c
    return dc, (q2 / (q2 + c) - h) * (0.14 * (q2 + c)), (0.16 - p) * 0.14 + plc + into_p


def runge_kutta(x, fluxes, dt):
    def moved(k, share):
        return [a + share * dt * b for a, b in zip(x, k)]

    k1 = rates(*x, *fluxes)
    k2 = rates(*moved(k1, 0.5), *fluxes)
    k3 = rates(*moved(k2, 0.5), *fluxes)
    k4 = rates(*moved(k3, 1.0), *fluxes)
    return [a + dt / 6 * (p + 2 * q + 2 * r + s) for a, p, q, r, s in zip(x, k1, k2, k3, k4)]


class Twin:
    """`p`: GlialParameters; `targets`: of each neuron; `begins`: step of each neuron's first pulse of noise."""

    def __init__(self, p, seed, shape, targets, begins):
        self.p, self.seed, self.shape, self.targets, self.step = p, seed, shape, targets, 0
        neurons = range(shape[0] * shape[1])
        self.v, self.u, self.glutamate = (dict.fromkeys(neurons, x) for x in (-70.0, 0.0, 0.0))
        self.pulses, self.pulse, self.begins = (dict.fromkeys(neurons, x) for x in (0, None, None))
        self.begins = dict(zip(neurons, begins))
        self.zones = [(j, k) for j in range(shape[0] // 3) for k in range(shape[1] // 3)]
        self.x = {z: [0.072495, 0.886314, 0.820204] for z in self.zones}
        self.driven, self.effect, self.together = (dict.fromkeys(self.zones, -math.inf) for _ in range(3))

    def covered(self, zone):
        rows, columns = (range(3 * a, 3 * a + 4) for a in zone)
        return [r * self.shape[1] + c for r in rows for c in columns]

    def own(self, i):
        """The last of the zones that cover neuron i."""
        return [z for z in self.zones if i in self.covered(z)][-1]

    def noise(self, i):
        p, t = self.p, self.step
        if self.pulse[i] and t >= self.pulse[i][0] + round(p.pulse / p.dt):
            self.pulse[i] = None
        if t == self.begins[i]:
            first, second = (word(self.seed, NOISE, i, 2 * self.pulses[i] + k) for k in (1, 2))
            self.pulses[i] += 1
            self.pulse[i] = t, p.noise * (2 * unit(first) - 1)
            self.begins[i] = t + 1 + poisson_number(second, p.pause / p.dt)
        return self.pulse[i][1] if self.pulse[i] else 0.0

    def run(self, steps, applied):
        """Spikes of each neuron."""
        p, counts = self.p, dict.fromkeys(self.v, 0)
        watch, window, effect, driven = (round(x / p.dt) for x in (p.watch, p.window, p.effect, p.driven))
        for _ in range(steps):
            opened = dict.fromkeys(self.v, 0.0)
            for i, v in self.v.items():
                for j in self.targets[i]:
                    opened[j] += 1 / (1 + math.exp(min(700, -v / p.slope)))
            spikes = set()
            for i in self.v:
                g = p.g + p.gain * (self.step < self.effect[self.own(i)])
                current = min(applied[i] + g * (0 - self.v[i]) * opened[i] + self.noise(i), p.most)
                if self.v[i] == p.peak:
                    self.v[i], self.u[i] = p.c, self.u[i] + p.d
                v, u = self.v[i], self.u[i]
                v += p.dt * (0.04 * v**2 + 5 * v + 140 + current - u)
                self.v[i], self.u[i] = min(p.peak, v), u + p.dt * p.a * (p.b * v - u)
                if self.v[i] == p.peak:
                    spikes.add(i)
                    counts[i] += 1
                released = p.release * (i in spikes)
                self.glutamate[i] += p.dt / 1000 * (released - p.clearance * self.glutamate[i])
            self.astrocytes(spikes, (watch, window, effect, driven))
            self.step += 1
        return counts

    def astrocytes(self, spikes, times):
        p, t, (watch, window, effect, driven), old = self.p, self.step, times, dict(self.x)
        for z in self.zones:
            covered = self.covered(z)
            if sum(self.glutamate[i] >= p.level for i in covered) >= p.crowd:
                self.driven[z] = t + driven
            near = [y for y in self.zones if abs(y[0] - z[0]) + abs(y[1] - z[1]) == 1]
            flux = [c * sum(old[y][k] - old[z][k] for y in near) for k, c in ((0, p.calcium_flux), (2, p.ip3_flux))]
            flux[1] += p.ip3_drive * (t < self.driven[z])
            self.x[z] = runge_kutta(old[z], flux, p.dt / 1000)
            if sum(i in spikes for i in covered) >= p.together:
                self.together[z] = t
            if t % watch == 0 and self.x[z][0] > p.calcium and t - self.together[z] <= window:
                self.effect[z] = t + effect
