"""From a mapped class and what was said about it to a `Resource`.

    posts = describe(Exposure(model=Post, policy=PUBLIC, include=["author"]))

Raises `UnknownFieldError` for a name that the class does not have, `UsageError` for a class that is not
mapped. Default includes are checked later, by `check_includes`, when all targets are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from portico._kernel.suggest import did_you_mean
from portico.access import OPERATIONS, Operation
from portico.db.fields import FieldSpec
from portico.db.models.keys import key_attributes, mapper_of
from portico.db.models.schemas import column_specs, schemas_for
from portico.db.query import kind_of
from portico.db.scoping import keeper_of
from portico.errors import InvalidParameterError, UnknownFieldError

from .description import (
    Exposure,
    Reference,
    Relation,
    Resource,
    Resources,
    ShownSchemas,
    check_nested,
    path_name,
)
from .description.sealing import SealedColumns, check_creatable, rules_of, sealed_columns, with_relations
from .grammar import Reach
from .hooks import runner_of


def describe(
    exposure: Exposure,
    family: Mapping[type[Any], ShownSchemas] = MappingProxyType({}),
    sealed: SealedColumns | None = None,
) -> Resource:
    """The description of one class; its default includes are not checked yet."""
    model = exposure.model
    mapper: Any = mapper_of(model)
    columns = column_specs(model)
    relations = {name: _relation(mapper, name) for name in mapper.relationships.keys()}  # noqa: SIM118 -- no mapping
    _check_rules(exposure, {**columns, **relations})
    rules = with_relations(mapper, rules_of(exposure), sealed or sealed_columns([exposure]))
    hidden = frozenset(rules.hidden)
    fields = {name: spec for name, spec in columns.items() if _is_shown(spec) and name not in hidden}
    _check_names(model, exposure.search, fields, "search")
    identity = key_attributes(model)
    schemas = ShownSchemas(model, exposure.policy, rules=rules, relations=relations, family=family)
    shown = schemas_for(model).read.model_fields
    found = Resource(
        name=exposure.name or path_name(mapper.local_table.name),
        model=model,
        policy=exposure.policy,
        schemas=schemas,
        identity=identity,
        key=identity if fields.keys() >= set(identity) else (),
        fields=fields,
        kinds={name: kind_of(mapper.columns[name]) for name in fields},
        columns=columns,
        relations={name: relation for name, relation in relations.items() if name not in hidden},
        references=tuple(_references(mapper)),
        operations=_operations(exposure),
        embedded=tuple((name,) for name in relations if name not in hidden and name in shown),
        hidden=hidden,
        database=getattr(getattr(model, "__portico_options__", None), "database", None),
        description=model.__doc__,
        rules=rules,
        version=_version(mapper, fields),
    )
    return _as_said(found, exposure)


def _as_said(resource: Resource, exposure: Exposure) -> Resource:
    """A resource with what was said of it besides its fields."""
    where = f"expose({resource.title})"
    return replace(
        resource,
        include=tuple(tuple(path.split(".")) for path in exposure.include),
        search=tuple(exposure.search),
        tags=tuple(exposure.tags or ()),
        dependencies=tuple(exposure.dependencies),
        hooks=runner_of(exposure.hooks, resource.columns, where=where, passing=exposure.own_errors),
        dialect=exposure.dialect,
        require_if_match=exposure.require_if_match,
        cache_control=exposure.cache_control,
        writer=exposure.writer,
        nested=tuple(exposure.nested),
        kinds_offered=exposure.kinds_offered,
        more_dependencies=dict(exposure.more_dependencies),
    )


def describe_all(exposures: Iterable[Exposure]) -> Resources:
    """The resources of an application, with their default includes checked against each other."""
    family: dict[type[Any], ShownSchemas] = {}
    described: list[Resource] = []
    given = tuple(exposures)
    sealed = sealed_columns(given)
    for exposure in given:
        described.append(describe(exposure, family, sealed))
        check_creatable(described[-1])
        family.setdefault(exposure.model, described[-1].schemas)
    found = Resources(described)
    for one in found:
        check_nested(found, one)
    return Resources(replace(one, include=_checked_includes(found, one)) for one in found)


def _checked_includes(resources: Resources, resource: Resource) -> tuple[tuple[str, ...], ...]:
    wanted = (*resource.embedded, *resource.include)
    try:
        return Reach(resources, resource).includes(".".join(path) for path in wanted)
    except InvalidParameterError as error:
        raise UnknownFieldError(
            f"expose({resource.title}): it cannot include {', '.join('.'.join(path) for path in wanted)}: "
            f"{error.message}",
            hint=error.hint or "A relation can be included when its target is exposed as well.",
        ) from None


def _relation(mapper: Any, name: str) -> Relation:
    relationship = mapper.relationships[name]
    return Relation(name, relationship.mapper.class_, bool(relationship.uselist))


def _references(mapper: Any) -> Iterator[Reference]:
    """The foreign keys of a class, but for those that join the tables of its own ancestors."""
    for table in mapper.tables:
        for constraint in table.foreign_key_constraints:
            if constraint.info.get("portico_tenant"):  # it says again, with the tenant, what another says
                continue
            target = _mapper_over(mapper, constraint.referred_table)
            if target is None or (constraint.referred_table is not table and target is mapper):
                continue
            ends = [(element.parent, element.column) for element in constraint.elements]
            yield Reference(
                fields=tuple(mapper.get_property_by_column(column).key for column, _ in ends),
                table=constraint.referred_table,
                keys=tuple(target.get_property_by_column(column).key for _, column in ends),
            )


def _mapper_over(mapper: Any, table: Any) -> Any | None:
    """A mapper of the same registry whose rows are in a table; the one at the top of a family."""
    if table in mapper.tables:
        return mapper
    found = [one for one in mapper.registry.mappers if one.local_table is table]
    return min(found, key=lambda one: len(list(one.iterate_to_root())), default=None)


def _is_shown(spec: FieldSpec) -> bool:
    return not (spec.secret or spec.internal or spec.write_only)


def _version(mapper: Any, fields: Mapping[str, object]) -> str | None:
    """The column of the version, where clients may see it: a tag tells what it is made of."""
    column = mapper.version_id_col
    name = None if column is None else mapper.get_property_by_column(column).key
    return name if name in fields else None


def _operations(exposure: Exposure) -> frozenset[Operation]:
    possible: tuple[Operation, ...] = ("read",) if exposure.read_only else OPERATIONS
    if keeper_of(mapper_of(exposure.model).local_table) is None:
        possible = tuple(one for one in possible if one not in {"trash", "purge"})
    return frozenset(one for one in possible if exposure.policy.offers(one))


def _check_rules(exposure: Exposure, known: Mapping[str, object]) -> None:
    said = rules_of(exposure)
    for option in ("hidden", "read_only", "write_once"):
        _check_names(exposure.model, getattr(said, option), known, option)
    exposure.policy.fits(exposure.model)


def _check_names(model: type[Any], names: Iterable[str], known: Mapping[str, object], option: str) -> None:
    for name in names:
        if name not in known:
            raise UnknownFieldError(
                f"expose({model.__name__}, {option}=...): there is no field {name!r}.",
                hint=did_you_mean(name, known),
            )
