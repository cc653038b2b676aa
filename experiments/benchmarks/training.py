"""A training step through time beside snnTorch's: same layers, steps, batch, dtype and one thread, taking turns.

    python -m neuromem.experiments.benchmarks.training --rounds 5      (snnTorch: extra `train`)

A step is the gradient of the cross-entropy of a batch and the change of the weights. snnTorch is used at its best: the
current of the first layer, which is constant, is computed once, not in every time step. CPU time, median over rounds;
without snnTorch only ours is timed. That both compute the same gradients is `tests/test_learning.py`.
"""

import argparse
import contextlib
import time

import numpy as np

from neuromem.learning import LIF, SGD, SpikingNetwork
from neuromem.learning.threads import one_thread

NEURON = LIF(tau=10.0, surrogate="atan", slope=2.0)


def ours(sizes, steps, x, y, dtype):
    """A function that does one step of ours and returns its loss."""
    network, descent = SpikingNetwork(sizes, "bptt", NEURON, steps, dtype=dtype), SGD(0.1)

    def step():
        found = network.gradients(x, y)
        descent.step(network.weights, found.weights)
        return found.loss

    return step, network.weights


def theirs(sizes, steps, x, y, weights):
    """The same of snnTorch, from the same weights."""
    import snntorch as snn
    import torch

    torch.set_num_threads(1)
    layers = [torch.nn.Linear(n, m, bias=False) for n, m in zip(sizes, sizes[1:])]
    with torch.no_grad():
        for layer, w in zip(layers, weights):
            layer.weight = torch.nn.Parameter(torch.tensor(w))
    leaky = snn.Leaky(beta=NEURON.leak, spike_grad=snn.surrogate.atan(alpha=NEURON.slope))
    descent = torch.optim.SGD([layer.weight for layer in layers], 0.1)
    x, y = torch.tensor(x), torch.tensor(y)

    def step():
        descent.zero_grad()
        first, total = layers[0](x), 0
        states = [torch.zeros(len(x), n, dtype=x.dtype) for n in sizes[1:-1]]
        for _ in range(steps):
            s = x
            for k, layer in enumerate(layers[:-1]):
                s, states[k] = leaky(layer(s.to(x.dtype)) if k else first, states[k])  # its spikes are float32
            total = total + layers[-1](s.to(x.dtype))
        loss = torch.nn.functional.cross_entropy(total / steps, y)
        loss.backward()
        descent.step()
        return float(loss.detach())

    return step


def measure(hidden=800, steps=6, batch=64, rounds=5, repeats=5, dtype="float32"):
    """CPU seconds of a step in every round, {"neuromem": [...], "snntorch": [...]}; the latter if it is installed."""
    rng, sizes = np.random.default_rng(0), (784, hidden, hidden, 10)
    x, y = rng.normal(size=(batch, 784)).astype(dtype), rng.integers(0, 10, batch)
    with one_thread:
        step, weights = ours(sizes, steps, x, y, dtype)
        ways = {"neuromem": step}
        with contextlib.suppress(ImportError):
            ways["snntorch"] = theirs(sizes, steps, x, y, weights)
        for way in ways.values():
            way()
        times = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                start = time.process_time()
                for _ in range(repeats):
                    way()
                times[name].append((time.process_time() - start) / repeats)
    return times


def main():
    """Print medians and, beside snnTorch, the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in (("hidden", 800), ("steps", 6), ("batch", 64), ("rounds", 5), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    times = measure(**vars(parser.parse_args()))
    for name, each in times.items():
        print(f"{name:9} {1e3 * np.median(each):8.2f} ms per step ({', '.join(f'{1e3 * t:.1f}' for t in each)})")
    if "snntorch" in times:
        ratios = np.array(times["snntorch"]) / np.array(times["neuromem"])
        print(f"{np.median(ratios):.2f} times faster ({ratios.min():.2f} to {ratios.max():.2f})")
    else:
        print("snnTorch is not installed: pip install 'neuromem[train]'")


if __name__ == "__main__":
    main()
