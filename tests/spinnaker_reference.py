"""A plain-Python SpiNNaker core, written from the published semantics alone: no arrays, no code of the emulator.

Integers of unlimited size stand for registers; `s32`, `s16` and `u16` say where the chip cuts them.
"""

import math


def s32(x):
    x &= 0xFFFFFFFF
    return x - (1 << 32) if x >> 31 else x


def s16(x):
    x &= 0xFFFF
    return x - (1 << 16) if x >> 15 else x


def to_accum(value):
    """Host: s16.15, halves away from zero."""
    scaled = abs(float(value)) * 32768
    whole = math.floor(scaled)
    whole += scaled - whole >= 0.5
    return whole if value >= 0 else -whole


# The cores' exponential: tables of exp(k) and 1 - exp(-k/16), and a quadratic for what is below 1/16. Its three
# coefficients are read from the compiled cores.

QUADRATIC = [5294, 4293434720, 2081624032]


def multiply_high(wide, narrow):
    """A 64-bit by a 32-bit number, the upper 64 bits; the lower product is rounded up from 0x7fffffff on."""
    top, bottom = divmod(wide, 1 << 32)
    carry, rest = divmod(bottom * narrow, 1 << 32)
    return top * narrow + carry + (1 if rest > 0x7FFFFFFE else 0)


def core_exp(bits):
    """exp of an s16.15 number, times 2**32."""
    integer = math.floor(bits / 32768)
    if integer * 32768 == bits:
        return round(math.exp(integer) * 2**32)
    below = (integer + 1) * 32768 - bits
    result = round(math.exp(integer + 1) * 2**32)
    result -= multiply_high(result, round((1 - math.exp(-(below // 2048) / 16)) * 2**32))
    x = (below % 2048) * 2**17
    y = QUADRATIC[1] - QUADRATIC[2] * x // 2**32
    return result - multiply_high(result, y * x // 2**32 + QUADRATIC[0])


class Neuron:
    """IF_curr_exp; `p` holds PyNN's parameters, `shifts` the ring buffers' left shifts."""

    def __init__(self, p, dt, shifts):
        step = to_accum(dt)
        tau_m, cm = to_accum(p["tau_m"]), to_accum(p["cm"])
        self.rest, self.reset, self.threshold, self.offset = (
            to_accum(p[key]) for key in ("v_rest", "v_reset", "v_thresh", "i_offset")
        )
        self.resistance = tau_m * 32768 // cm
        self.keep = core_exp(-(step * 32768 // tau_m)) // 2**17
        self.pause = math.ceil(to_accum(p["tau_refrac"]) * 32768 // step / 32768)
        self.decay, self.share = [], []
        for key in ("tau_syn_E", "tau_syn_I"):
            tau = to_accum(p[key])
            decay = core_exp(-(step * 32768 // tau))
            self.decay.append(decay)
            self.share.append(((tau * 32768 // step) * (2**32 - 1 - decay) // 2**15) % 2**32)
        self.shifts = shifts
        self.v, self.current, self.waiting = self.rest, [0, 0], 0
        self.due = {}  # step -> the two ring entries

    def receive(self, step, receptor, weight):
        """A spike that arrives in `step`."""
        entry = self.due.setdefault(step, [0, 0])
        entry[receptor] = min(entry[receptor] + weight, 65535)

    def advance(self, step):
        """One step; True if it spikes."""
        for receptor, arrived in enumerate(self.due.pop(step, [0, 0])):
            shifted = s32(arrived * 2 ** self.shifts[receptor])
            self.current[receptor] = s32(self.current[receptor] + shifted * self.share[receptor] // 2**32)
        if self.waiting > 0:
            self.waiting -= 1
        else:
            drive = s32(self.current[0] - self.current[1] + self.offset)
            goal = s32(drive * self.resistance // 32768 + self.rest)
            self.v = s32(goal - self.keep * s32(goal - self.v) // 32768)
        spikes = self.v >= self.threshold
        if spikes:
            self.v, self.waiting = self.reset, self.pause
        self.current = [value * decay // 2**32 for value, decay in zip(self.current, self.decay)]
        return spikes


def run(rows, trains, parameters, n, dt, shifts):
    """(spikes, v) of n neurons, lists of lists; `rows` of (pre, post, weight_nA, delay), `trains` steps x inputs."""
    neurons = [Neuron({key: pick(value, i) for key, value in parameters.items()}, dt, shifts) for i in range(n)]
    inputs = len(trains[0]) if len(trains) else 0
    out = {}
    for pre, post, weight, delay in rows:
        receptor = 1 if weight < 0 else 0
        raw = min(round(abs(weight) * 2.0 ** (15 - shifts[receptor])), 65535)
        out.setdefault(int(pre), []).append((int(post), receptor, raw, int(delay)))
    all_spikes, all_v = [], []
    for step, given in enumerate(trains):
        spikes = [neuron.advance(step) for neuron in neurons]
        fired = [i for i in range(inputs) if given[i]] + [inputs + i for i in range(n) if spikes[i]]
        for pre in fired:
            for post, receptor, raw, delay in out.get(pre, ()):
                neurons[post].receive(step + delay, receptor, raw)
        all_spikes.append([int(spike) for spike in spikes])
        all_v.append([neuron.v for neuron in neurons])
    return all_spikes, all_v


def pick(value, i):
    return value[i] if hasattr(value, "__len__") else value


class Synapse:
    """Deferred pair STDP of one synapse, with a list of all post spikes of which it sees the last 15."""

    def __init__(self, weight, delay, shift, rule):
        self.weight, self.delay, self.shift, self.rule = weight, delay, shift, rule
        self.last, self.trace = 0, 0

    def pre_spike(self, step, post):
        """Update at a pre spike; `post` is the PostHistory. Returns the weight to send."""
        rule, seen = self.rule, post.spikes[-15:]
        weight = self.weight * 2**self.shift
        low, high = max(0, self.last - self.delay), max(0, step - self.delay)
        for when, _ in seen:
            if low < when <= high:
                weight = rule.up(weight, fade(self.trace, when + self.delay - self.last, rule.tau_plus, rule.dt))
        before = [spike for spike in seen if spike[0] <= high]
        if before:
            when, trace = before[-1]
            weight = rule.down(weight, fade(trace, step - when - self.delay, rule.tau_minus, rule.dt))
        self.weight = (weight >> self.shift) & 0xFFFF
        self.trace = s16(fade(self.trace, step - self.last, rule.tau_plus, rule.dt) + 2048)
        self.last = step
        return self.weight


class PostHistory:
    """Spikes of a neuron with its trace at each."""

    def __init__(self, rule):
        self.rule, self.spikes = rule, []

    def add(self, step):
        trace = 0
        if self.spikes:
            trace = fade(self.spikes[-1][1], step - self.spikes[-1][0], self.rule.tau_minus, self.rule.dt)
        self.spikes.append((step, s16(trace + 2048)))


def fade(trace, steps, tau, dt):
    """A trace after so many steps, by a table with 11 fractional bits that ends where it would hold 0."""
    length = math.log(2048) * tau / dt
    length = 2 * (math.floor(length / 2) + (length % 2 > 0))
    factor = math.floor(math.exp(-steps * dt / tau) * 2048) if steps < length else 0
    return trace * factor >> 11


class Rule:
    def __init__(self, dt, tau_plus, tau_minus, a_plus, a_minus, w_min, w_max, multiplicative):
        self.dt, self.tau_plus, self.tau_minus, self.multiplicative = dt, tau_plus, tau_minus, multiplicative
        self.a_plus, self.a_minus, self.w_min, self.w_max = map(to_accum, (a_plus, a_minus, w_min, w_max))

    def up(self, weight, amount):
        if self.multiplicative:
            size = s32((self.w_max - weight) * self.a_plus >> 15)
            return s32(weight + s32(size * (amount << 4) >> 15))
        return min(s32(weight + s32(self.a_plus * (amount << 4) >> 15)), self.w_max)

    def down(self, weight, amount):
        if self.multiplicative:
            size = s32((weight - self.w_min) * self.a_minus >> 15)
            return s32(weight - s32(size * (amount << 4) >> 15))
        return max(s32(weight - s32(self.a_minus * (amount << 4) >> 15)), self.w_min)
