"""The figures of ca3-digits: the strip of images, the raster, recall per kind of fragment and against its size."""

import numpy as np

NAMES = {"memory": "spiking CA3 memory", "cosine": "cosine nearest neighbour", "overlap": "raw overlap"}
PER_KIND = 2  # digits in the strip for each kind of fragment


def plot(tree: dict) -> dict:
    """fragments, raster, quality and curve, each a Figure."""
    return {"fragments": strip(tree), "raster": raster(tree), "quality": quality(tree), "curve": curve(tree)}


def strip(tree: dict):
    """Original, fragment and recalled image of other digits for each kind of fragment, with the kind's score."""
    from neuromem import plot as draw
    from neuromem.experiments.ca3_digits import table

    originals, rows, titles = np.asarray(tree["originals"]), [], []
    for k, row in enumerate(table(tree)):
        for i in range(PER_KIND):
            which = (k * PER_KIND + i) % len(originals)
            rows.append((originals[which], tree["fragments"][k][which], tree["recalled"][k][which]))
            titles.append(f"{row['fragment']}\n{row['memory_exact']} of {row['recalls']} exact")
    return draw.fragments(*map(np.stack, zip(*rows, strict=True)), tuple(tree["shape"]), titles=titles)


def raster(tree: dict):
    """Spikes of every population while one digit is learned, and while it is recalled from a quarter of its ink."""
    from neuromem import plot as draw

    return draw.learn_and_recall(
        tree["spikes_learn"],
        tree["spikes_recall"],
        {name: int(size) for name, size in tree["sizes"].items()},
        learn_events=[(0, "digit and cue shown")],
        recall_events=[(0, "fragment shown"), (int(np.max(tree["spikes_recall"]["Out"][:, 0], initial=0)), "answer")],
        titles=("learn one digit", "recall it from 25 % of its ink"),
    )


def quality(tree: dict):
    """Fraction recalled exactly per kind of fragment, the memory beside the two plain readers."""
    from neuromem import plot as draw
    from neuromem.experiments.ca3_digits import table

    single = np.asarray(tree["exact"]).shape[1] == 1
    rows = []
    for row in table(tree):
        for reader in tree["readers"]:
            entry = {"fragment": row["fragment"], "method": NAMES[reader]}
            if single:
                entry |= {"correct": row[f"{reader}_exact"], "trials": row["recalls"]}
            else:
                entry |= {"mean": 100 * row[reader], "error": 100 * row[f"{reader}_error"]}
            rows.append(entry)
    return draw.recall_quality(rows).figure


def curve(tree: dict):
    """Fraction recalled exactly against the fraction of the ink that was shown."""
    from neuromem import plot as draw

    fractions, exact = np.asarray(tree["curve"]["fractions"]), np.asarray(tree["curve"]["exact"])
    order = np.argsort(fractions)
    series = {NAMES[reader]: 100 * exact[r][:, order] for r, reader in enumerate(tree["readers"])}
    return draw.recall_curve(100 * fractions[order], series).figure
