"""Generated operations on their way into a document that FastAPI began.

    Merge(document).add(contexts)

Components are shared: problems by status, parameters where an operation refers to them, schemas by the names
of their classes. A name that a type of the user's own has already is given up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from fastapi.openapi.constants import REF_PREFIX
from fastapi.routing import RouteContext

from portico.web.problems import MEDIA_TYPE, Problem

from .components import Schemas
from .dependencies import Dependencies
from .description import PROBLEMS, Description, problem_reference, refer_to, told
from .plain import success_of


def described(context: RouteContext) -> Description | None:
    """What a route says of itself, if it does."""
    return cast("Description | None", getattr(context.original_route, "described", None))


class Merge:
    """Generated operations on their way into a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas = Schemas()
        self._dependencies = Dependencies()
        self._raw: dict[str, Any] = {}
        self._problems: set[int] = set()
        self._tags: dict[str, str] = {}
        self._paths: dict[str, dict[str, Any]] = {}

    def add(self, contexts: Iterable[RouteContext]) -> None:
        """Add the operations of routes, and all that they refer to."""
        found = [(context, cast("Description", described(context))) for context in contexts]
        if not found:
            return
        for _, said in found:
            self._want(said)
        self._schemas.want(Problem, "serialization")
        self._schemas.make()
        for context, said in found:
            operation = self._operation(context, said)
            for method in sorted(context.methods or ()):
                self._paths.setdefault(str(context.path_format), {})[method.lower()] = operation
        self._add_components()
        for path, operations in self._paths.items():
            present = self._document["paths"].get(path, {})
            self._document["paths"][path] = {**operations, **present}
        self._add_tags()

    def _want(self, said: Description) -> None:
        body = told(said.body)
        if body is not None and not isinstance(body, dict):
            self._schemas.want(body, "validation")
        replies = told(said.replies).values()
        for answers in (told(said.answers), *(reply.get("model") for reply in replies)):
            if answers is not None:
                self._schemas.want(answers, "serialization")
        for kind, change in told(said.polish).items():
            self._schemas.polish(kind, change)

    def _operation(self, context: RouteContext, said: Description) -> dict[str, Any]:
        tags = list(dict.fromkeys(str(tag) for tag in context.tags))
        if said.tag_text and tags:
            self._tags.setdefault(tags[0], said.tag_text)
        asked = self._dependencies.of(said, context.dependencies)
        operation: dict[str, Any] = {"tags": tags, "summary": said.summary}
        if said.text:
            operation["description"] = said.text
        operation["operationId"] = said.operation_id
        if context.deprecated:
            operation["deprecated"] = True
        if asked.security:
            operation["security"] = asked.security
        if parameters := [*told(said.parameters), *asked.parameters]:
            operation["parameters"] = parameters
        if (body := told(said.body)) is not None:
            schema: dict[str, Any] = (
                cast("dict[str, Any]", body)
                if isinstance(body, dict)
                else self._schemas.of(body, "validation")
            )
            content = {"application/json": {"schema": {**schema, **said.body_rules}}}
            operation["requestBody"] = {"required": said.body_needed, "content": content}
        operation["responses"] = self._replies(said)
        self._raw.update(told(said.components))
        return operation

    def _replies(self, said: Description) -> dict[str, Any]:
        found: dict[str, Any] = {str(said.status): self._reply(success_of(said))}
        for status in said.problems:
            found[str(status)] = problem_reference(status)
        for status, more in told(said.replies).items():
            found[str(status)] = self._reply({**found.get(str(status), {}), **more})
        self._problems |= {
            status for status in said.problems if found[str(status)] == problem_reference(status)
        }
        return dict(sorted(found.items()))

    def _reply(self, reply: Mapping[str, Any]) -> dict[str, Any]:
        said = dict(reply)
        model = said.pop("model", None)
        if "content" in said or "description" in said:
            said.pop("$ref", None)
        if model is not None:
            schema = self._schemas.of(model, "serialization")
            said["content"] = {"application/json": {"schema": schema}, **said.get("content", {})}
        return said

    def _add_components(self) -> None:
        components = self._document.setdefault("components", {})
        own = components.get("schemas", {})
        ours = {**self._dependencies.schemas, **self._schemas.definitions, **self._raw}
        for name in [name for name in ours if name in own and not _same(own[name], ours[name])]:
            self._paths, ours = _renamed((self._paths, ours), name)
        components["schemas"] = dict(sorted({**own, **ours}.items()))
        if self._dependencies.schemes:
            components.setdefault("securitySchemes", {}).update(self._dependencies.schemes)
        for status in sorted(self._problems):
            name, text = PROBLEMS[status]
            content = {MEDIA_TYPE: {"schema": refer_to("Problem")}}
            components.setdefault("responses", {})[name] = {"description": text, "content": content}

    def _add_tags(self) -> None:
        present = {tag["name"] for tag in self._document.get("tags", [])}
        more = [
            {"name": name, "description": text} for name, text in self._tags.items() if name not in present
        ]
        if more:
            self._document["tags"] = [*self._document.get("tags", []), *more]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two schemas of one name are of one type: ours may say more of it."""
    names = one.get("properties", {}).keys(), other.get("properties", {}).keys()
    return one.get("title") == other.get("title") and names[0] == names[1]


def _renamed(
    parts: tuple[dict[str, Any], dict[str, Any]], name: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Paths and schemas with another name for one schema."""
    text = json.dumps(parts).replace(f'"{REF_PREFIX}{name}"', f'"{REF_PREFIX}{name}OfPortico"')
    paths, schemas = json.loads(text)
    schemas[f"{name}OfPortico"] = schemas.pop(name)
    return paths, schemas
