"""Rows with what they bring along: from the includes of a plan to bytes."""

from .along import Along, usual
from .showing import Showing, first_shaped, page_showings, row_showings

__all__ = ["Along", "Showing", "first_shaped", "page_showings", "row_showings", "usual"]
