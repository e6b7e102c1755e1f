"""Reading what the three families of drivers raise."""

from .finding import Finding, Kind
from .reading import driver_error, read_driver_error
from .site import Site, remember_site, site_of
from .table_facts import as_table, attribute_names, columns_of_constraint, unfit_columns

__all__ = [
    "Finding",
    "Kind",
    "Site",
    "as_table",
    "attribute_names",
    "columns_of_constraint",
    "driver_error",
    "read_driver_error",
    "remember_site",
    "site_of",
    "unfit_columns",
]
