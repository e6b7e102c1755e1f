"""SQLAlchemy types that store and compare the same on SQLite, PostgreSQL and MariaDB."""

from .guarded import PasswordHash, Secret, SecretText
from .numbers import ExactDecimal, FiniteFloat, whole_number
from .structured import ItemArray, ValueEnum, document, octets, unique_id
from .temporal import Duration, NaiveDateTime, UTCDateTime, clock_time
from .text import Text

__all__ = [
    "Duration",
    "ExactDecimal",
    "FiniteFloat",
    "ItemArray",
    "NaiveDateTime",
    "PasswordHash",
    "Secret",
    "SecretText",
    "Text",
    "UTCDateTime",
    "ValueEnum",
    "clock_time",
    "document",
    "octets",
    "unique_id",
    "whole_number",
]
