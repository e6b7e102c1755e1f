"""Conditions as a tree of JSON: its text, and what it means."""

from .texts import read_text
from .tree import parse_tree

__all__ = ["parse_tree", "read_text"]
