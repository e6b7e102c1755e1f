"""What belongs to the running code rather than to a database: its frames, its task, its callbacks."""

from . import frames, ownership
from .callbacks import Callback, Started, run_all, run_now
from .recorders import Recorder, recording

__all__ = [
    "Callback",
    "Recorder",
    "Started",
    "frames",
    "ownership",
    "recording",
    "run_all",
    "run_now",
]
