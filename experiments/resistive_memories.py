"""Memories and cues for the experiments on resistive devices: every kind with patterns that suit it."""

from functools import partial

import numpy as np

COUNT, SPARSE, DENSE = 20, 256, 256


def kinds():
    """Makers of empty memories by name, and whether their patterns are sparse."""
    from neuromem.models import (
        CA3Memory,
        DendriticMemory,
        DenseHebbian,
        Hopfield,
        ModernHopfield,
        MultitaskingHopfield,
        SparseHopfield,
        Sparsey,
        Willshaw,
    )

    return {
        "CA3": (partial(CA3Memory, COUNT, SPARSE, rule="best"), True),
        "Dendritic": (partial(DendriticMemory, SPARSE, COUNT, segments=4, synapses=16), True),
        "Willshaw": (partial(Willshaw, SPARSE, COUNT), True),
        "SparseHopfield": (partial(SparseHopfield, SPARSE, f=16 / SPARSE, capacity=COUNT), True),
        "Sparsey": (partial(Sparsey, SPARSE, 24, 16, COUNT, agreement=0.8), True),
        "Hopfield": (partial(Hopfield, DENSE, capacity=COUNT), False),
        "Hopfield P=4": (partial(Hopfield, DENSE, P=4, capacity=COUNT), False),
        "Modern": (partial(ModernHopfield, DENSE, COUNT), False),
        "DenseHebbian": (partial(DenseHebbian, DENSE, P=2, capacity=COUNT, M=41, r=0.9), False),
        "Multitasking": (partial(MultitaskingHopfield, DENSE, capacity=COUNT), False),
    }


def filled(name, rng):
    """A memory of 20 patterns, with cues and what they should recall: half of 16 active units, or a tenth turned."""
    from neuromem.patterns import keep, random_patterns

    make, sparse = kinds()[name]
    memory = make()
    if sparse:
        patterns = random_patterns(COUNT, SPARSE, 16, rng)
        cues = keep(patterns, 0.5, rng)
    else:
        patterns = rng.random((COUNT, DENSE)) < 0.5
        cues = patterns ^ (rng.random(patterns.shape) < 0.1)
    memory.store(patterns)
    return memory, cues, patterns


def keyed(found):
    """Whether each recall answered with the key of its pattern, which were stored in order: bool (B,)."""
    return np.array([np.size(keys) > 0 and keys[0] == k for k, keys in enumerate(found.keys)])


def exact(found, patterns):
    """Whether each recall gave its pattern bit for bit, bool (B,)."""
    return (found.patterns == patterns).all(axis=1)


def known(names):
    """Refuse memories that are none of these."""
    from neuromem.experiments.parameters import require

    for name in names:
        require(name in kinds(), f"memories are some of {', '.join(kinds())}, not {name!r}")


def curves(x, tables, labels, xlabel, title, ticks):
    """A figure of one panel per table, (kind, x, seed) shares: mean and standard error of each kind."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    with draw.style():
        figure = new_figure(4.4 * len(tables) + 1.9, 4.0, layout="constrained")
        axes = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
        for ax, (name, table) in zip(axes, tables.items()):
            table = 100 * np.asarray(table)
            for k, label in enumerate(labels):
                mean, error = table[k].mean(axis=1), table[k].std(axis=1) / max(1, table.shape[2] - 1) ** 0.5
                style = ("-", "--")[k // len(draw.PALETTE) % 2]
                aside = k - len(labels) / 2  # side by side, so that equal ones are all seen
                at = x * (x[-1] / x[0]) ** (0.006 * aside)
                ax.errorbar(at, mean, error, marker="osv^D<>ph*"[k % 10], ms=4, ls=style,
                            color=draw.PALETTE[k % len(draw.PALETTE)], label=label)  # fmt: skip
            ax.set(xlabel=xlabel, title=name, ylim=(-3, 103), xscale="log")
            ax.set_xticks(x, ticks)
            ax.minorticks_off()
        axes[0].set_ylabel(title)
        axes[-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure
