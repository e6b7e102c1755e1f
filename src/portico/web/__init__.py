"""Glue to FastAPI: problem documents, strict bodies, generated routes, lifespan, commit before the reply."""

from .bodies import MAX_BODY, read_json
from .committing import add_committing
from .context import request_id_of
from .lifespan import join_lifespan
from .parameters import asked_by_head, asked_of, parameters_of
from .problems import HANDLED, Problem, Speech, answer_error, answer_http_error, problem_response, status_of
from .routing import (
    PROBLEMS,
    Description,
    GeneratedRoute,
    Lazy,
    Neighbours,
    PathMethods,
    Polish,
    add_document,
    leave_to_router,
    told,
)
from .strictness import strict

__all__ = [
    "HANDLED",
    "MAX_BODY",
    "PROBLEMS",
    "Description",
    "GeneratedRoute",
    "Lazy",
    "Neighbours",
    "PathMethods",
    "Polish",
    "Problem",
    "Speech",
    "add_committing",
    "add_document",
    "answer_error",
    "answer_http_error",
    "asked_by_head",
    "asked_of",
    "join_lifespan",
    "leave_to_router",
    "parameters_of",
    "problem_response",
    "read_json",
    "request_id_of",
    "status_of",
    "strict",
    "told",
]
