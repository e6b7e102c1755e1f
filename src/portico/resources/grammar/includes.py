"""What rows show and bring along: ``fields``, ``include``, and what is said about each included relation.

    parse_shown(reach, fields=["id,author.username"], include=["comments"], options={"comments.limit": ["3"]})

Options stand as ``include.<path>.<limit|sort|search|where|condition>`` in a URL, and as objects in a body:
``{"comments": {"where": {...}, "sort": ["-id"], "limit": 3}}``; they count for each parent. Fields name what
the Read schema shows; a dotted one brings its relation along, with nothing but the fields named.

Raises `InvalidParameterError`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from portico.errors import InvalidParameterError
from portico.resources.description import Resource

from .filters import filter_of, parse_filter
from .ordering import parse_order
from .plan import Filter, Include, Order, Path
from .reach import Reach
from .refusals import at_place, bounded, number, unknown

OPTIONS: Final = ("limit", "sort", "search", "where")
Options = Mapping[str, list[str]]
_LONGEST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a plan that says what a row shows."""

    fields: tuple[Path, ...] | None
    include: tuple[Include, ...]


def parse_shown(reach: Reach, fields: list[str] | None, include: list[str] | None, options: Options) -> Shown:
    """Fields and includes in the flat spelling; ``options`` without their ``include.`` in front."""
    named = _split(fields) if fields is not None else None
    asked = _split(include) if include is not None else None
    shown = _shown(reach, named, asked)
    return Shown(shown.fields, tuple(_with_options(reach, shown.include, options))) if options else shown


def shown_names(resource: Resource) -> tuple[str, ...]:
    """What documents of a resource show: the names of its Read schema, computed fields included."""
    schema = resource.schemas.read
    stored = [info.serialization_alias or info.alias or name for name, info in _visible(schema)]
    computed = [info.alias or name for name, info in schema.model_computed_fields.items()]
    return (*stored, *computed)


def _visible(schema: Any) -> Iterable[tuple[str, Any]]:
    return ((name, info) for name, info in schema.model_fields.items() if not info.exclude)


def parse_shown_json(reach: Reach, fields: Any, include: Any) -> Shown:
    """The same as it stands in a body: lists of names, or an object of relations with their options."""
    named = None if fields is None else texts_of(fields, "fields")
    options: dict[str, Any] = {}
    asked: list[str] | None = None
    if isinstance(include, dict):
        options = cast("dict[str, Any]", include)
        asked = list(options)
    elif include is not None:
        asked = texts_of(include, "include")
    shown = _shown(reach, named, asked)
    by_name = {".".join(one.path): one for one in shown.include}
    for name, said in options.items():
        by_name[name] = _from_json(reach, by_name[name], said)
    return Shown(shown.fields, tuple(by_name.values()))


def texts_of(value: Any, at: str) -> list[str]:
    """A list of texts in a body; one text stands for a list of one."""
    given = cast("Sequence[Any]", value if isinstance(value, list) else [value])
    found = [one for one in given if isinstance(one, str)]
    if len(found) < len(given):
        raise InvalidParameterError("A list of names is expected.", parameter=at)
    if any(len(one) > _LONGEST_NAME for one in found):
        raise InvalidParameterError("No name is that long.", parameter=at)
    return found


def taken_options(given: dict[str, list[str]]) -> Options:
    """Take what is said about included relations out of the parameters."""
    names = [name for name in given if name.startswith("include.")]
    return {name.removeprefix("include."): given.pop(name) for name in names}


def _split(texts: Iterable[str]) -> list[str]:
    return [name for text in texts for name in text.split(",") if name]


def _shown(reach: Reach, fields: list[str] | None, include: list[str] | None) -> Shown:
    if fields is None and include is None:
        return Shown(None, tuple(Include(path=path) for path in reach.resource.include))
    paths = None if fields is None else _field_paths(reach, fields)
    along = [path[:n] for path in paths or () for n in range(1, len(path) + 1) if _is_way(reach, path[:n])]
    embedded = [name for (name,) in reach.resource.embedded]
    asked = [name for name in include or () if name]
    found = reach.includes([*embedded, *asked, *(".".join(path) for path in dict.fromkeys(along))])
    if paths is not None:
        for path in reach.includes(asked):
            if not any(one[: len(path)] == path or path[: len(one)] == one for one in paths):
                paths.append(path)
    return Shown(None if paths is None else tuple(paths), tuple(Include(path=path) for path in found))


def _field_paths(reach: Reach, names: list[str]) -> list[Path]:
    if not names:
        raise InvalidParameterError("At least one field is expected.", parameter="fields")
    if len(names) > reach.limits.fields:
        raise InvalidParameterError(f"At most {reach.limits.fields} fields.", parameter="fields")
    return list(dict.fromkeys(_field_path(reach, name) for name in names))


def _field_path(reach: Reach, dotted: str) -> Path:
    if dotted in shown_names(reach.resource):
        return (dotted,)
    *steps, name = dotted.split(".")
    path = reach.path(tuple(steps), parameter="fields")
    owner = reach.end(path)
    ways = reach.resources.ways(owner)
    if name not in ways and name not in shown_names(owner):
        prefix = "".join(f"{step}." for step in path)
        choices = [prefix + one for one in dict.fromkeys((*shown_names(owner), *(() if path else ways)))]
        raise unknown(f"{owner.name!r} has no field {name!r}.", dotted, choices, parameter="fields")
    return reach.path((*path, name), parameter="fields") if name in ways else (*path, name)


def _is_way(reach: Reach, path: Path) -> bool:
    owner = reach.end(path[:-1])
    return path[-1] in reach.resources.ways(owner)


def _with_options(reach: Reach, includes: Iterable[Include], options: Options) -> Iterable[Include]:
    found = {".".join(one.path): one for one in includes}
    said: dict[str, dict[str, list[str]]] = {}
    for option, texts in options.items():
        name = max((one for one in found if option.startswith(f"{one}.")), key=len, default=None)
        if name is None:
            choices = [f"include.{one}.{word}" for one in found for word in OPTIONS]
            sentence = f"No included relation is called that: include.{option}."
            raise unknown(sentence, f"include.{option}", choices, parameter=f"include.{option}")
        said.setdefault(name, {})[option.removeprefix(f"{name}.")] = texts
    for name, given in said.items():
        with at_place(f"include.{name}."):
            found[name] = _from_texts(reach, found[name], given)
    return found.values()


def _from_texts(reach: Reach, include: Include, given: dict[str, list[str]]) -> Include:
    target = Reach(reach.resources, reach.end(include.path), reach.limits)
    known = {word: given.pop(word) for word in OPTIONS if word in given}
    limit = known.get("limit")
    return _made(
        reach,
        include,
        parse_filter(target, given, known.get("search"), known.get("where")),
        parse_order(target, known.get("sort", [])),
        None if limit is None else number("limit", limit, 1, (1, reach.limits.include_rows)),
    )


def _from_json(reach: Reach, include: Include, said: Any) -> Include:
    at = f"include/{'.'.join(include.path)}"
    if not isinstance(said, dict):
        raise InvalidParameterError("An object is expected.", parameter=at)
    given = cast("dict[str, Any]", said)
    for name in given:
        if name not in OPTIONS:
            shown = name[:_LONGEST_NAME]
            raise unknown(f"An include has no {shown!r}.", shown, OPTIONS, parameter=f"{at}/{shown}")
    target = Reach(reach.resources, reach.end(include.path), reach.limits)
    with at_place(f"{at}/"):
        limit = given.get("limit")
        return _made(
            reach,
            include,
            filter_of(target, given),
            parse_order(target, texts_of(given.get("sort", []), "sort")),
            None if limit is None else bounded("limit", limit, (1, reach.limits.include_rows)),
        )


def _made(
    reach: Reach, include: Include, chosen: Filter, order: tuple[Order, ...], limit: int | None
) -> Include:
    many = [relation.many for relation, _ in reach.walk(include.path)][-1]
    for word, given in (("sort", order), ("limit", limit)):
        if given and not many:
            raise InvalidParameterError("There is at most one such row.", parameter=word)
    return Include(path=include.path, filter=chosen, order=order, limit=limit)
