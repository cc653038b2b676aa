"""Recall results as rows: printed as a table, written as npz, CSV and a picture."""

import csv
from pathlib import Path

import numpy as np

from neuromem.cli import console

PICTURED = 24  # fragments in the picture
LISTED = 8  # keys of one recall in the printed table


def recall_rows(fragments: np.ndarray, answer, keys=None, stored=None) -> list[dict]:
    """One row per fragment; with the stored patterns also their key and whether each came back bit for bit."""
    rows = []
    for i, fragment in enumerate(fragments):
        row: dict = {"fragment": i} if keys is None else {"key": int(keys[i])}
        if stored is not None:
            row["stored"] = int(stored[i].sum())
        row["shown"] = int(fragment.sum())
        row["keys recalled"] = " ".join(map(str, answer.keys[i])) or "none"
        row["recalled"] = int(answer.patterns[i].sum())
        if stored is not None:
            row["exact"] = bool((answer.patterns[i] == stored[i]).all())
        row |= {"converged": bool(answer.converged[i]), "steps": int(answer.steps[i]), "spikes": int(answer.spikes[i])}
        rows.append(row)
    return rows


def show(rows: list[dict], most: int) -> None:
    """Print the first `most` rows as a table, all of them for 0."""
    printed = rows[:most] if most else rows
    console.table(list(rows[0]), [[_short(cell) for cell in row.values()] for row in printed])
    if len(printed) < len(rows):
        console.say(f"... and {len(rows) - len(printed)} more; --rows 0 prints them all")


def _short(cell: object) -> object:
    """A long list of keys by its beginning and its length; the CSV table has them all."""
    keys = cell.split() if isinstance(cell, str) else []
    return cell if len(keys) <= LISTED else f"{' '.join(keys[:LISTED])} ... ({len(keys)})"


def write_csv(path: Path, rows: list[dict]) -> None:
    """Rows as a CSV table, atomically."""
    from neuromem.io import atomic_path

    with atomic_path(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, asked, answer, rows: list[dict]) -> list[Path]:
    """recalled.npz and recalled.csv, and recalled.png when the fragments are images; the paths written."""
    from neuromem import patterns as codes

    paths = [folder / "recalled.npz", folder / "recalled.csv"]
    codes.save(paths[0], answer.patterns, asked.shape)
    write_csv(paths[1], rows)
    if asked.shape is not None:
        from neuromem import plot

        figure = _pairs(asked.patterns[:PICTURED], answer.patterns[:PICTURED], asked.shape)
        paths.append(plot.save(figure, folder / "recalled.png"))
    return paths


def _pairs(fragments: np.ndarray, recalled: np.ndarray, shape: tuple[int, int]):
    """Fragments over what they brought back, as a Figure; what was meant is not known here, so nothing is marked."""
    from neuromem import plot
    from neuromem.plot.canvas import new_figure

    columns = min(len(fragments), 12)
    lines = -(-len(fragments) // columns)
    with plot.style():
        figure = new_figure(0.8 + 0.75 * columns, 1.65 * lines, layout="constrained")
        panels = figure.subplots(2 * lines, columns, squeeze=False)
        for ax in panels.flat:
            ax.set(xticks=[], yticks=[], frame_on=False)
        for i, pair in enumerate(zip(fragments, recalled, strict=True)):
            for row, (pattern, name) in enumerate(zip(pair, ("fragment", "recalled"), strict=True)):
                ax = panels[2 * (i // columns) + row, i % columns]
                ax.imshow(pattern.reshape(shape), cmap="gray_r", vmin=-0.05, vmax=1, interpolation="nearest")
                if i % columns == 0:
                    ax.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure
