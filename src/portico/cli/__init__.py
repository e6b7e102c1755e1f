"""The command line: `portico serve`, `portico demo`. Each command is a file under ``commands``."""

from .application import app, main

__all__ = ["app", "main"]
