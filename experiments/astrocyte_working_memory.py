"""Four digits held for seconds by astrocytes, and recalled from cues of which a fifth of the pixels is wrong.

The experiment of Gordleeva et al., Front. Cell. Neurosci. 15:631485 (2021), with its times, currents and numbers:
digits 0 to 3 are shown once each, 5 % of their pixels flipped; then 0, 5, 1, 6, 2, 7, 3 and 8 as weak cues, 20 %
flipped. Similarity is the authors': the mean of the shares of ink and of background that are right in an image of the
neurons that spiked more often than a threshold, which is the one of 1 to 30 that is best for all four digits. Digits
are drawn in another font.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep, tell

LEARNED, ASKED = (0, 1, 2, 3), (0, 5, 1, 6, 2, 7, 3, 8)
NEW = tuple(digit for digit in ASKED if digit not in LEARNED)
LEARN, CUE = 80.0, 8.0  # currents
LEARN_FLIPS, CUE_FLIPS = 0.05, 0.2
BEFORE, SHOWN, APART, WAIT = 500.0, 200.0, 100.0, 600.0  # ms; from the first cue on every 400:
PRESENT, READ, NEXT = 150.0, 250.0, 400.0
THRESHOLDS = np.arange(1, 31)
FIXED = 18  # spikes in 250 ms
QUICK: dict = {"astrocytes": 12}


@dataclass(frozen=True)
class Parameters:
    """seed of the first repetition; seeds: repetitions; astrocytes: per side; gain: of synapses under active ones."""

    seed: int = 0
    seeds: int = 1
    astrocytes: int = 26
    gain: float = 0.5
    height: float = 0.75

    def __post_init__(self):
        require(1 <= self.seeds <= 1000, f"seeds must be 1 to 1000, not {self.seeds}")
        require(6 <= self.astrocytes <= 200, f"astrocytes must be 6 to 200 per side, not {self.astrocytes}")
        require(0 <= self.gain <= 10, f"gain must be 0 to 10, not {self.gain}")
        require(0.3 <= self.height <= 1, f"height must be 0.3 to 1 of the side, not {self.height}")


def drawn(digit, side, height):
    """A digit in DejaVu Sans, `height` of the side high, in the middle of side x side pixels; bool."""
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    outline = TextPath((0, 0), str(digit), size=100)
    box = outline.get_extents()
    y, x = (np.mgrid[:side, :side] + 0.5 - side / 2) * box.height / (height * side)
    points = np.column_stack([x.ravel() + box.x0 + box.width / 2, box.y0 + box.height / 2 - y.ravel()])
    rings = [Path(ring).contains_points(points) for ring in outline.to_polygons()]  # a hole lies in two of them
    return (np.sum(rings, axis=0) % 2 == 1).reshape(side, side)


def flipped(image, share, rng):
    """An image with exactly this share of its pixels flipped."""
    out = image.copy()
    where = rng.permutation(image.size)[: round(share * image.size)]
    out.flat[where] ^= True
    return out


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """Every seed; curves (seed, threshold, digit), the others (seed, digit)."""
    seeds = [parameters.seed + i for i in range(parameters.seeds)]
    points = [replace(parameters, seed=seed, seeds=1) for seed in seeds]
    found = (sweep or Sweep(progress=progress)).map(repeat, points)
    names = ("curves", "fixed", "new", "correlation", "cpu_seconds")
    return {"seeds": seeds, **{name: np.array([one[name] for one in found]) for name in names}, **found[0]["pictures"]}


def repeat(p: Parameters) -> dict:
    """One network: learn and test."""
    from neuromem.models.glial_network import GlialNetwork, GlialParameters

    start = time.process_time()
    network = GlialNetwork(p.astrocytes, p.astrocytes, GlialParameters(gain=p.gain), p.seed)
    rng = np.random.default_rng([p.seed, 2])
    images = {digit: drawn(digit, network.shape[0], p.height) for digit in range(10)}
    total = len(LEARNED) + len(ASKED)
    tell(0, total, f"seed {p.seed}: learning")
    network.run(BEFORE)
    shown = [flipped(images[digit], LEARN_FLIPS, rng) for digit in LEARNED]
    for image in shown:
        network.run(SHOWN, LEARN * image)
        network.run(APART)
    network.run(WAIT)
    cues, spikes, calcium = [], [], []
    for k, digit in enumerate(ASKED):
        tell(len(LEARNED) + k, total, f"seed {p.seed}: cue {digit}")
        cues.append(flipped(images[digit], CUE_FLIPS, rng))
        calcium.append(network.calcium)
        spikes.append(network.run(PRESENT, CUE * cues[-1]) + network.run(READ - PRESENT))
        network.run(NEXT - READ)
    numbers = scores(images, dict(zip(ASKED, spikes)))
    pictures = {"images": [images[digit] for digit in ASKED], "shown": shown, "cues": cues, "spikes": spikes}
    pictures = {name: np.array(value) for name, value in pictures.items()} | {"calcium": np.array(calcium)}
    return {**numbers, "cpu_seconds": time.process_time() - start, "pictures": pictures}


def scores(images, spikes):
    """Similarities and correlations of the spike counts of each digit with its image."""
    from neuromem.models.glial import similarity

    def alike(digit, threshold):
        return similarity(spikes[digit] > threshold, images[digit])

    curves = np.array([[alike(digit, threshold) for digit in LEARNED] for threshold in THRESHOLDS])
    return {
        "curves": curves,
        "fixed": np.array([alike(digit, FIXED) for digit in LEARNED]),
        "new": np.array([alike(digit, THRESHOLDS[curves.mean(axis=1).argmax()]) for digit in NEW]),
        "correlation": np.array([correlation(spikes[digit], images[digit]) for digit in LEARNED]),
    }


def correlation(spikes, image):
    """Pearson's, between spike counts and an image; 0 if no neuron differs from another."""
    return float(np.corrcoef(spikes.ravel(), image.ravel())[0, 1]) if np.ptp(spikes) else 0.0


def best(tree: dict):
    """Per seed: the best threshold, and the similarities of the digits at it, (seed, digit)."""
    curves = np.asarray(tree["curves"])
    at = curves.mean(axis=2).argmax(axis=1)
    return THRESHOLDS[at], curves[np.arange(len(at)), at]


def headline(tree: dict) -> dict:
    """Means over seeds; errors are standard errors over seeds."""
    thresholds, similarity = best(tree)
    each = similarity.mean(axis=1)
    numbers = {
        "similarity": float(each.mean()),
        "similarity_error": float(each.std(ddof=1) / np.sqrt(len(each))) if len(each) > 1 else None,
        "similarity_per_digit": similarity.mean(axis=0).tolist(),
        "best_threshold": thresholds.tolist(),
        "similarity_at_18_spikes": float(np.mean(tree["fixed"])),
        "similarity_of_digits_not_learned": float(np.mean(tree["new"])),
        "similarity_of_cues": 1 - CUE_FLIPS,
        "correlation": float(np.mean(tree["correlation"])),
        "correlation_per_digit": np.mean(tree["correlation"], axis=0).tolist(),
        "cpu_seconds_per_seed": float(np.mean(tree["cpu_seconds"])),
    }
    return numbers


def plot(tree: dict) -> dict:
    """What was shown, the cues, calcium before each, spikes and the image at the best threshold, of the first seed."""
    from neuromem import plot as draw
    from neuromem.models.glial import similarity
    from neuromem.plot.canvas import INK, MUTED, new_figure

    threshold = best(tree)[0][0]
    images, cues, spikes, calcium = (np.asarray(tree[name]) for name in ("images", "cues", "spikes", "calcium"))
    shown = dict(zip(LEARNED, np.asarray(tree["shown"])))
    most = max(1, spikes.max())
    with draw.style():
        figure = new_figure(9.6, 6.0, layout="constrained")
        axes = figure.subplots(5, len(ASKED), subplot_kw={"box_aspect": 1})
        for k, digit in enumerate(ASKED):
            column = axes[:, k]
            image = spikes[k] > threshold
            if digit in shown:
                column[0].imshow(shown[digit], cmap="Greys", vmin=0, vmax=1)
            column[1].imshow(cues[k], cmap="Greys", vmin=0, vmax=1)
            column[2].imshow(calcium[k], cmap="YlOrBr", vmin=0, vmax=max(0.3, calcium.max()))
            column[3].imshow(spikes[k], cmap="Blues", vmin=0, vmax=most)
            column[4].imshow(image, cmap="Greys", vmin=0, vmax=1)
            title, colour = ("learned", INK) if digit in shown else ("never seen", MUTED)
            column[0].set_title(title, fontsize=9, color=colour)
            column[4].set_xlabel(f"{similarity(image, images[k]):.3f}", fontsize=9)
            for ax in column:
                ax.set(xticks=[], yticks=[])
                ax.grid(False)
                ax.spines[:].set_visible(False)
        rows = ("shown to be learned\n(5 % flipped)", "cue\n(20 % flipped)", "calcium before it",
                f"spikes in 250 ms\n(0 to {most})", f"more than {threshold} spikes\nand similarity")  # fmt: skip
        for ax, label in zip(axes[:, 0], rows):
            ax.set_ylabel(label, fontsize=8, rotation=0, ha="right", va="center")
    return {"working_memory": figure}
