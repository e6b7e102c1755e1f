"""What OpenAPI says of resources: names of operations, parameters, schemas and examples."""

from .fields import LOCAL_TIME, NO_NUL, in_list, in_url, storable, whole_digits
from .names import pascal, problems_in, singular
from .parameters import (
    choosing_parameters,
    equality_parameters,
    fields_parameter,
    include_parameter,
    key_parameter,
    list_parameters,
    names_parameter,
    query_parameter,
    search_parameter,
    sort_parameter,
    where_parameter,
)
from .shapes import polish_of

__all__ = [
    "LOCAL_TIME",
    "NO_NUL",
    "choosing_parameters",
    "equality_parameters",
    "fields_parameter",
    "in_list",
    "in_url",
    "include_parameter",
    "key_parameter",
    "list_parameters",
    "names_parameter",
    "pascal",
    "polish_of",
    "problems_in",
    "query_parameter",
    "search_parameter",
    "singular",
    "sort_parameter",
    "storable",
    "where_parameter",
    "whole_digits",
]
