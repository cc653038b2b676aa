"""Pictures: functions take `ax=` and return Axes, those of several panels return a Figure; nothing is left open.

from neuromem import plot
ax = plot.raster(result.spikes)
plot.save(ax.figure, "raster.png")
"""

from neuromem.plot.canvas import PALETTE, save, style, to_png
from neuromem.plot.quality import recall_curve, recall_quality, wilson
from neuromem.plot.rasters import learn_and_recall, raster
from neuromem.plot.strips import fragments

__all__ = [
    "PALETTE",
    "fragments",
    "learn_and_recall",
    "raster",
    "recall_curve",
    "recall_quality",
    "save",
    "style",
    "to_png",
    "wilson",
]
