"""How well a Legendre memory unit holds a window of the past: delays read back, by order, by delay, by frequency.

Left: the mean error over delays by order (bars: spread over signals), beside a delay line that keeps as many numbers,
samples of the window in equal parts that are joined by straight lines. Middle: the error over the delay, with the
spiking form. Right: a signal, and what is read from both memories half a window later.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"orders": (6, 24), "seeds": 2, "steps": 800, "cycles": (2.0, 5.0)}
_DELAYS = 11
_ORDER = 24


@dataclass(frozen=True)
class Parameters:
    """orders: polynomials; theta: window in steps; cycles: highest frequencies of the input, per 1,000 steps.

    steps   of each signal, of which the first 2 theta are not counted; seeds: signals of each kind
    filter  time constant in steps of the filter on the spikes of the spiking form
    """

    seed: int = 0
    orders: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 12, 16, 24)
    theta: float = 100.0
    cycles: tuple[float, ...] = (2.0, 5.0, 9.0, 20.0)
    steps: int = 3000
    seeds: int = 5
    filter: float = 12.0

    def __post_init__(self):
        require(len(self.orders) >= 1 and min(self.orders) >= 1, "orders must be whole numbers of at least 1")
        require(max(self.orders) <= 256, f"orders must be at most 256, not {max(self.orders)}")
        require(10 <= self.theta <= 10_000, f"theta must be 10 to 10000 steps, not {self.theta}")
        require(self.steps >= 4 * self.theta, f"steps must be at least four windows, not {self.steps}")
        require(self.steps <= 1_000_000, f"steps must be at most 1000000, not {self.steps}")
        low = 1000 / self.steps
        require(all(low <= c <= 250 for c in self.cycles), f"cycles must be {low:g} to 250 per 1000 steps")
        require(len(self.cycles) >= 1 and 1 <= self.seeds <= 1000, "seeds must be 1 to 1000, cycles at least one")
        require(1 <= self.filter <= self.theta, f"filter must be 1 to theta steps, not {self.filter}")


def signal(rng, steps, cycles):
    """A sum of waves of random phase and size up to `cycles` per 1,000 steps, float64 (steps,), at most 1."""
    waves = np.zeros(steps // 2 + 1, complex)
    top = int(cycles * steps / 1000)
    waves[1 : top + 1] = rng.normal(size=top) + 1j * rng.normal(size=top)
    u = np.fft.irfft(waves, steps)
    return u / np.abs(u).max()


def run(parameters: Parameters, progress) -> dict:
    """nrmse and line, (order, cycles, seed, delay), spiking (cycles, seed, delay), apart (largest), and an example."""
    from neuromem.models import LMU, SpikingLMU

    p, rng = parameters, np.random.default_rng(parameters.seed)
    delays = np.linspace(0, p.theta - 1, _DELAYS).round()
    signals = np.array([[signal(rng, p.steps, c) for _ in range(p.seeds)] for c in p.cycles])
    flat = signals.reshape(-1, p.steps).T
    shape, nrmse, line, apart = (len(p.cycles), p.seeds, _DELAYS), [], [], 0.0
    for k, order in enumerate(p.orders):
        progress(k, len(p.orders) + 1, f"order {order}")
        unit = LMU(order, p.theta)
        memory = unit.run(flat)
        apart = max(apart, float(np.abs(memory - unit.transform(flat)).max()))
        nrmse.append(errors(flat, unit.decode(memory, delays), delays, p.theta).reshape(shape))
        line.append(errors(flat, delay_line(flat, order, p.theta, delays), delays, p.theta).reshape(shape))
    progress(len(p.orders), len(p.orders) + 1, "spikes")
    unit, spiking, differ, sent = LMU(_ORDER, p.theta), SpikingLMU(_ORDER, p.theta), 0, 0.0
    heard = np.empty((*flat.shape, _DELAYS))
    for k, u in enumerate(flat.T):
        spikes, _ = spiking.run(u)
        differ += int((spikes != spiking.transform(u)).sum())
        sent += float(np.abs(spikes).mean()) / flat.shape[1]
        heard[:, k] = spiking.read(spikes, delays, p.filter)
    half = _DELAYS // 2
    example = min(1, len(p.cycles) - 1) * p.seeds
    return {
        "orders": np.array(p.orders), "cycles": np.array(p.cycles), "delays": delays, "theta": p.theta,
        "nrmse": np.array(nrmse), "line": np.array(line), "apart": apart, "spikes_apart": differ, "rate": sent,
        "spiking": errors(flat, heard, delays, p.theta).reshape(shape), "signal": flat[:, example],
        "read": unit.decode(unit.run(flat[:, example]), delays[half]), "heard": heard[:, example, half],
    }  # fmt: skip


def errors(u, read, delays, theta):
    """Root mean squared error over the signal's standard deviation, (n, delay), of read (T, n, delay) from u (T, n)."""
    first, T = 2 * int(theta), len(u)
    out = np.empty((u.shape[1], len(delays)))
    for k, delay in enumerate(delays.astype(int)):
        off = read[first:, :, k] - u[first - delay : T - delay]
        out[:, k] = np.sqrt((off**2).mean(axis=0)) / u[first:].std(axis=0)
    return out


def delay_line(u, taps, theta, delays):
    """What a delay line reads: `taps` samples of the window, in the middle of equal parts, joined by straight lines."""
    at = (np.arange(taps) + 0.5) * theta / taps - 0.5
    padded = np.concatenate([np.zeros((int(theta) + 2, u.shape[1])), u])
    time = np.arange(len(u)) + int(theta) + 2.0

    def sample(delay):
        low = np.floor(time - delay).astype(int)
        part = (time - delay - low)[:, None]
        return (1 - part) * padded[low] + part * padded[np.minimum(low + 1, len(padded) - 1)]

    kept = np.array([sample(max(a, 0.0)) for a in at])
    out = np.empty((*u.shape, len(delays)))
    for k, delay in enumerate(delays):
        weights = np.array([np.interp(delay, at, row) for row in np.eye(taps)])
        out[:, :, k] = np.tensordot(weights, kept, 1)
    return out


def headline(tree: dict) -> dict:
    """NRMSE of each order and frequency: mean, standard error over signals, and the worst delay; of spikes as well."""
    numbers: dict = {"streaming_and_transform_apart": float(tree["apart"])}
    numbers["spikes_apart"] = int(tree["spikes_apart"])
    numbers["spikes_per_neuron_and_step"] = float(tree["rate"])
    for name, one in (("nrmse", tree["nrmse"]), ("delay_line", tree["line"]), ("spiking", [tree["spiking"]])):
        for order, by_cycles in zip(tree["orders"] if name != "spiking" else [_ORDER], np.asarray(one)):
            for cycles, values in zip(tree["cycles"], by_cycles):
                each, key = values.mean(axis=1), f"{name}_order_{order}_cycles_{cycles:g}"
                numbers[key] = float(each.mean())
                numbers[f"{key}_worst"] = float(values.mean(axis=0).max())
                if len(each) > 1:
                    numbers[f"{key}_error"] = float(each.std(ddof=1) / np.sqrt(len(each)))
    return numbers


def plot(tree: dict) -> dict:
    """The three panels."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    orders, cycles, delays = (np.asarray(tree[name]) for name in ("orders", "cycles", "delays"))
    nrmse, line, spiking = (np.asarray(tree[name]) for name in ("nrmse", "line", "spiking"))
    with draw.style():
        figure = new_figure(11.5, 3.7, layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.3))
        for k, c in enumerate(cycles):
            colour, each = draw.PALETTE[k % len(draw.PALETTE)], nrmse[:, k].mean(axis=2)
            left.errorbar(
                orders, each.mean(axis=1), each.std(axis=1), color=colour, marker="o", markersize=3, label=f"{c:g}"
            )
            left.plot(orders, line[:, k].mean(axis=(1, 2)), color=colour, linestyle=":")
            middle.plot(delays, nrmse[-1, k].mean(axis=0), color=colour, marker="o", markersize=3)
            middle.plot(delays, spiking[k].mean(axis=0), color=colour, linestyle="--")
        left.axhline(0.02, color=MUTED, linewidth=0.8)
        left.set(yscale="log", xlabel="order, or samples kept", ylabel="NRMSE, mean of delays")
        left.legend(title="cycles per 1,000 steps", fontsize=7, title_fontsize=7)
        left.set_title("solid: Legendre memory, dotted: delay line", fontsize=9)
        middle.set(yscale="log", xlabel="delay (steps)", ylabel="NRMSE")
        middle.set_title(f"order {orders[-1]}; dashed: heard in spikes", fontsize=9)
        u, half = np.asarray(tree["signal"]), int(delays[len(delays) // 2])
        t = np.arange(min(len(u), 800))
        right.plot(t, u[t], color=MUTED, label="input")
        right.plot(t, np.asarray(tree["heard"])[t], color=draw.PALETTE[1], linewidth=1, label="from spikes")
        right.plot(t, np.asarray(tree["read"])[t], color=draw.PALETTE[0], label="from the memory")
        right.set(xlabel="step", title=f"read {half} steps later")
        right.legend(fontsize=8, loc="lower right")
    return {"lmu_delay": figure}
