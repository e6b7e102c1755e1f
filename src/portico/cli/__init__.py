"""The command line: `portico serve`, `demo` and `doctor`. Each command is a file under ``commands``."""

from .application import app, main

__all__ = ["app", "main"]
