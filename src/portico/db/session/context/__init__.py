"""What belongs to the running code rather than to a database: its frames, its task, its callbacks."""

from . import frames, ownership
from .callbacks import Callback, Started, run_all, run_now

__all__ = ["Callback", "Started", "frames", "ownership", "run_all", "run_now"]
