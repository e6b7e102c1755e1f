"""What each database can do, how it is set up, and how its errors read."""

from .capabilities import Capabilities
from .detect import capabilities_of
from .expressions import DatePart, date_of, date_part, fold, regex_match
from .failures import Kind, remember_site
from .integrity import DRIVER_ERRORS, kind_of, translate
from .limits import TimeoutOptions
from .sqlalchemy_errors import conflict_among, version_conflict

__all__ = [
    "DRIVER_ERRORS",
    "Capabilities",
    "DatePart",
    "Kind",
    "TimeoutOptions",
    "capabilities_of",
    "conflict_among",
    "date_of",
    "date_part",
    "fold",
    "kind_of",
    "regex_match",
    "remember_site",
    "translate",
    "version_conflict",
]
