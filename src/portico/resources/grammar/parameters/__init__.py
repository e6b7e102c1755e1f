"""Query parameters as plans of lists and of rows."""

from .parse import RESERVED, grouped, parse_count, parse_cursor, parse_list, parse_row, refuse_all

__all__ = ["RESERVED", "grouped", "parse_count", "parse_cursor", "parse_list", "parse_row", "refuse_all"]
