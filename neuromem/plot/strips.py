"""The strip of original, fragment and recalled image.

Everything is laid out in device pixels at 200 dpi, and one pattern pixel is a whole number of them, so that all
pattern pixels come out equally large and sharp.
"""

from itertools import groupby

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path

from neuromem.errors import PatternError
from neuromem.plot.canvas import FAINT, INK, MISSING, MUTED, RULE, TILE, WRONG, new_figure, style

DPI = 200
WIDTH = 1900  # the widest strip, in device pixels
TILE_MAX = 250  # a tile grows no wider than this
MARGIN, LABELS = 32, 152  # the outer margin; the column of row names
ROWS = ("original", "fragment", "recalled")
HEAD, BODY = 8.6, 8.4  # font sizes, points


def fragments(originals, fragments, recalled, shape, *, titles=None, correct=None, columns=None):
    """Draw originals, the fragments shown and what was recalled, one column per pattern, as a Figure.

    In the fragment row hidden pixels are faint and pixels flipped in are coloured; in the recalled row pixels that
    are wrong are coloured, those that should be off apart from those that should be on.

    originals, fragments, recalled: bool or 0/1 (count, n), or one pattern (n,).
    shape: (height, width) of the image, height * width = n.
    titles: one text per column; neighbours with the same title form a group under one heading. Lines after the first
        are drawn smaller, for a number that belongs to the group.
    correct: bool (count,), which recalls to tick; by default those equal to the original in every pixel.
    columns: most columns side by side before the strip goes on below; by default as many as stay legible.

    Raises PatternError if the arrays, the shape, the titles and the marks do not fit each other.
    """
    rows = [_binary(x, name) for x, name in zip((originals, fragments, recalled), ROWS, strict=True)]
    height, width = (int(s) for s in shape)
    count, n = rows[0].shape
    if count == 0 or any(r.shape != (count, n) for r in rows) or height * width != n:
        sizes = ", ".join(f"{name} {r.shape}" for name, r in zip(ROWS, rows, strict=True))
        raise PatternError(f"a strip needs three equal arrays (count, {height} * {width}), got {sizes}")
    exact = (rows[0] == rows[2]).all(axis=1) if correct is None else np.atleast_1d(np.asarray(correct, dtype=bool))
    texts = [""] * count if titles is None else [str(t) for t in titles]
    if len(texts) != count or exact.shape != (count,):
        raise PatternError(f"{count} columns need {count} titles and marks, got {len(texts)} and {exact.size}")
    if columns is not None and columns < 1:
        raise PatternError(f"columns must be at least 1, got {columns}")

    blocks = _blocks(texts, min(columns or 14, count))
    gap, apart = 12, 52
    breaks = max(len(block) - 1 for block in blocks)
    most = max(sum(len(g) for g in block) for block in blocks)
    room = WIDTH - MARGIN * 2 - LABELS - breaks * (apart - gap) - (most - 1) * gap
    scale = max(1, min(room // (most * width), TILE_MAX // width))
    with style():
        return _Strip(rows, exact, texts, (height, width), scale, gap, apart).draw(blocks)


def _binary(x, name):
    values = np.atleast_2d(np.asarray(x))
    if values.ndim != 2 or not np.isin(values, (0, 1)).all():
        raise PatternError(f"the {name} patterns must be a (count, n) array of zeros and ones")
    return values.astype(bool)


def _blocks(texts, columns):
    """Lines of groups of column indices: neighbours with one title stay together where they fit in one line."""
    groups = [[i for i, _ in g] for _, g in groupby(enumerate(texts), key=lambda item: item[1])]
    groups = [g[at : at + columns] for g in groups for at in range(0, len(g), columns)]
    blocks = [[]]
    for group in groups:
        if blocks[-1] and sum(map(len, blocks[-1])) + len(group) > columns:
            blocks.append([])
        blocks[-1].append(group)
    return blocks


def _colours(row, pattern, original):
    """RGB (n, 3) of one pattern in row 0 (original), 1 (fragment) or 2 (recalled)."""
    image = np.tile(to_rgb(TILE), (original.size, 1))
    image[pattern & original] = to_rgb(INK)
    image[pattern & ~original] = to_rgb(WRONG)
    image[original & ~pattern] = to_rgb(FAINT if row == 1 else MISSING)
    return image


def _text_width(text, size, weight="normal"):
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] * DPI / 72


def _legend_width(entries):
    return round(sum(34 + _text_width(text, BODY) + 44 for _, text in entries))


class _Strip:
    """Lays out one strip; all lengths are device pixels."""

    def __init__(self, rows, exact, texts, shape, scale, gap, apart):
        self.rows, self.exact, self.texts, self.shape = rows, exact, texts, shape
        self.gap, self.apart = gap, apart
        self.tile_height, self.tile_width = shape[0] * scale, shape[1] * scale

    def draw(self, blocks):
        lefts = [self._lefts(block) for block in blocks]
        headings = [[self._heading(group) for group in block] for block in blocks]
        tops, y = [], MARGIN
        for block in headings:
            y += max((22 + 30 * len(lines) for lines in block if lines), default=0)
            tops.append(y)
            y += 3 * self.tile_height + 2 * self.gap + 60
        legend = self._legend()
        width = max(max(max(x) for x in lefts) + self.tile_width + MARGIN, _legend_width(legend) + LABELS + MARGIN)
        height = y + 74
        self.figure = new_figure(width / DPI, height / DPI, dpi=DPI)
        self.ax = self.figure.add_axes((0, 0, 1, 1))
        self.ax.set(xlim=(0, width), ylim=(height, 0))
        self.ax.axis("off")
        for block, left, lines, top in zip(blocks, lefts, headings, tops, strict=True):
            self._block(block, left, lines, top)
        x = MARGIN + LABELS
        for colour, text in legend:
            self.ax.add_patch(Rectangle((x, height - 63), 22, 22, facecolor=colour, edgecolor="none"))
            self.ax.text(x + 34, height - 52, text, fontsize=BODY, color=MUTED, va="center")
            x += _legend_width([(colour, text)])
        return self.figure

    def _lefts(self, block):
        x, lefts = MARGIN + LABELS, []
        for group in block:
            lefts += [x + i * (self.tile_width + self.gap) for i in range(len(group))]
            x = lefts[-1] + self.tile_width + self.apart
        return lefts

    def _heading(self, group):
        """[(text, is first line)] of a group's title, wrapped to the group's width."""
        wide = len(group) * (self.tile_width + self.gap) - self.gap + self.apart - 28
        first, *rest = self.texts[group[0]].split("\n")
        if not self.texts[group[0]].strip():
            return []
        lines = []
        for word in first.replace(" %", "\u00a0%").split(" "):
            if lines and _text_width(f"{lines[-1]} {word}", HEAD, "bold") <= wide:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return [(line, True) for line in lines] + [(line, False) for line in rest]

    def _block(self, block, lefts, headings, top):
        for row, name in enumerate(ROWS):
            y = top + row * (self.tile_height + self.gap)
            middle = y + self.tile_height / 2
            self.ax.text(MARGIN + LABELS - 24, middle, name, fontsize=HEAD, ha="right", va="center", color=INK)
            for i, left in zip((i for group in block for i in group), lefts, strict=True):
                image = _colours(row, self.rows[row][i], self.rows[0][i]).reshape(*self.shape, 3)
                box = (left, left + self.tile_width, y + self.tile_height, y)
                self.ax.imshow(image, extent=box, interpolation="nearest", aspect="auto", zorder=2)
        bottom = top + 3 * self.tile_height + 2 * self.gap
        position = iter(lefts)
        for group, lines in zip(block, headings, strict=True):
            xs = [next(position) for _ in group]
            if lines:
                self.ax.plot([xs[0], xs[-1] + self.tile_width], [top - 12] * 2, color=RULE, linewidth=1)
            for up, (text, first) in enumerate(reversed(lines)):
                look = {"fontsize": BODY, "color": MUTED}
                if first:
                    look = {"fontsize": HEAD, "color": INK, "fontweight": "bold"}
                self.ax.text(xs[0], top - 26 - 30 * up, text, va="baseline", **look)
            for i, left in zip(group, xs, strict=True):
                self._mark(i, left + self.tile_width / 2, bottom + 28)
        self.ax.set(xlim=self.ax.get_xlim(), ylim=self.ax.get_ylim())

    def _mark(self, i, x, y):
        wrong = int(np.count_nonzero(self.rows[0][i] != self.rows[2][i]))
        if self.exact[i]:
            self.ax.text(x, y, "\u2713", fontsize=HEAD, color="#007A5A", ha="center", va="center")
            return
        text = f"\u2717 {wrong} px"
        if wrong == 0 or _text_width(text, BODY) > self.tile_width + self.gap:
            text = "\u2717"
        self.ax.text(x, y, text, fontsize=BODY, color="#B34700", ha="center", va="center")

    def _legend(self):
        original, fragment, recalled = self.rows
        entries = [(INK, "as in the original")]
        if (original & ~fragment).any():
            entries.append((FAINT, "hidden"))
        if (fragment & ~original).any() or (recalled & ~original).any():
            entries.append((WRONG, "not in the original"))
        if (original & ~recalled).any():
            entries.append((MISSING, "missing from the recall"))
        return entries
