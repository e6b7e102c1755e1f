"""What each database can do, and how its errors read."""

from .capabilities import Capabilities
from .detect import capabilities_of
from .expressions import fold
from .integrity import translate

__all__ = ["Capabilities", "capabilities_of", "fold", "translate"]
