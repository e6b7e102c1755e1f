"""From rows as the driver has them to JSON, byte for byte what Pydantic would write."""

from .classes import altered_by
from .columns import Field, NoWriterError
from .rows import RowWriter, row_writer

__all__ = ["Field", "NoWriterError", "RowWriter", "altered_by", "row_writer"]
