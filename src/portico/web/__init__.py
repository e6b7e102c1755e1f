"""Glue to FastAPI: problem documents, strict bodies, generated routes, lifespan, commit before the reply."""

from .actors import acted, identity_of
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
from .tenants import TenantDependency, tenant_dependency, within_tenant

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
    "TenantDependency",
    "acted",
    "add_committing",
    "add_document",
    "answer_error",
    "answer_http_error",
    "asked_by_head",
    "asked_of",
    "identity_of",
    "join_lifespan",
    "leave_to_router",
    "parameters_of",
    "problem_response",
    "read_json",
    "request_id_of",
    "status_of",
    "strict",
    "tenant_dependency",
    "told",
    "within_tenant",
]
