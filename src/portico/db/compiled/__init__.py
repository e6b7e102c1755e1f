"""Statements compiled once for each shape, run on driver connections, and their rows as JSON."""

from .instances import (
    InstanceMaker,
    NoInstanceError,
    instance_maker,
    is_watched,
    loaded_names,
    made_otherwise,
)
from .lanes import Lane, LaneError, Several, is_overheard, lane_of, listened_for
from .once import lane_for_writing, on_general_path
from .shapes import Binder, Shape, converted, shape_of
from .slots import Slot, Slots
from .writers import Field, NoWriterError, RowWriter, altered_by, row_writer

__all__ = [
    "Binder",
    "Field",
    "InstanceMaker",
    "Lane",
    "LaneError",
    "NoInstanceError",
    "NoWriterError",
    "RowWriter",
    "Several",
    "Shape",
    "Slot",
    "Slots",
    "altered_by",
    "converted",
    "instance_maker",
    "is_overheard",
    "is_watched",
    "lane_for_writing",
    "lane_of",
    "listened_for",
    "loaded_names",
    "made_otherwise",
    "on_general_path",
    "row_writer",
    "shape_of",
]
