"""The measured curves as an SVG: one panel for each thing that grows, both axes logarithmic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NAMES = {
    "base": ("by hand (base)", "#7f7f7f", "--"),
    "portico": ("Portico", "#1f77b4", "-"),
    "portico-off": ("Portico, general path", "#8fbfe0", "-"),
    "usual": ("FastAPI + SQLAlchemy ORM", "#d62728", "-"),
}


def draw(figures: dict[str, Any], path: Path) -> None:
    """Write the plot; every dot was measured."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "portico"
    from matplotlib import pyplot

    curves = list(figures["curves"].values())
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 7), layout="constrained")
    for place, curve in zip(axes.flat, curves, strict=False):
        for name, values in curve["cpu"].items():
            label, colour, line = NAMES[name]
            place.plot(curve["points"], values, line, color=colour, marker="o", markersize=4, label=label)
        place.set(xscale="log", yscale="log", title=curve["title"], xlabel=curve["axis"])
        place.set_xticks(curve["points"], [f"{point:,}" for point in curve["points"]], minor=False)
        place.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
        place.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        place.yaxis.set_minor_formatter(lambda value, _: f"{value:g}")
        place.tick_params(axis="y", which="minor", labelsize=7)
        place.grid(visible=True, which="major", alpha=0.3)
    axes.flat[0].set_ylabel("CPU per request, base at the first point = 1")
    for place in list(axes.flat)[len(curves) :]:
        place.axis("off")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    axes.flat[-1].legend(handles, labels, loc="center", frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
