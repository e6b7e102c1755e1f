"""Statements compiled once for each shape, run on driver connections, and their rows as JSON."""

from .lanes import Lane, LaneError, lane_of
from .shapes import Binder, Shape, shape_of
from .slots import Slot, Slots
from .writers import Field, NoWriterError, RowWriter, altered_by, row_writer

__all__ = [
    "Binder",
    "Field",
    "Lane",
    "LaneError",
    "NoWriterError",
    "RowWriter",
    "Shape",
    "Slot",
    "Slots",
    "altered_by",
    "lane_of",
    "row_writer",
    "shape_of",
]
