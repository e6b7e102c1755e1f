"""The SQLAlchemy relationship that our helpers make.

It is an ordinary ``relationship()`` in every respect but three: it finds its foreign keys or junction table
by itself once both classes are mapped, it never loads by surprise, and it does not pull objects that were
made elsewhere into a session only because a link to them exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.relationships import _RelationshipDeclared

from portico._kernel.suggest import did_you_mean
from portico.db.relations.refs import Many
from portico.db.relations.spec import (
    INFO_KEY,
    Kind,
    RelationSpec,
    relation_named,
    relation_names,
    spec_of_relation,
)
from portico.errors import ConfigurationError

from .columns import connect, ordering
from .junction import JunctionNotMappedError, connect_through_junction, ensure_junction


class ModelRelationship(_RelationshipDeclared[Any]):
    """A relationship that knows its `RelationSpec`."""

    inherit_cache = True

    def __init__(self, spec: RelationSpec) -> None:
        many = spec.kind.to_many
        super().__init__(
            spec.target,
            back_populates=spec.back_populates,
            collection_class=list if many else None,
            uselist=many,
            lazy="raise",
            # The database obeys on_delete; a session must neither load children to null nor delete them.
            passive_deletes="all",
            # Both ends are kept in step by .sides, also outside of any session.
            sync_backref=False,
            # Composite keys share columns (a tenant, say) on purpose.
            overlaps="__*",
            info={INFO_KEY: spec},
        )
        self.spec = spec

    def declarative_scan(self, *args: Any, **kwargs: Any) -> None:
        """Take the target from the annotation; the helper, not the annotation, says how many there are."""
        cls, key, container = args[2], args[4], args[5]
        many = self.spec.kind.to_many
        if isinstance(container, type) and issubclass(container, Many) is not many:
            right = "Many[…]" if many else "Ref[…] or OptRef[…]"
            raise ConfigurationError(
                f"{cls.__name__}.{key} is a {self.spec.kind.value} and annotated {container.__name__}[…].",
                hint=f"Annotate it {right}.",
            )
        if container is None and self.argument is None:
            raise ConfigurationError(
                f"{cls.__name__}.{key} does not say which class it leads to.",
                hint=f'Write {self.spec.kind.value}("Target"), or annotate it.',
            )
        super().declarative_scan(*args, **kwargs)
        self.uselist = many

    def do_init(self) -> None:
        """Called by SQLAlchemy when mappers are configured: find the columns, then go on as usual."""
        try:
            self._setup_entity()
        except InvalidRequestError as error:
            raise _no_target(self) from error
        _check_other_end(self)
        arguments = self._init_args
        if self.spec.kind is Kind.MANY_TO_MANY:
            through = connect_through_junction(self)
            arguments.secondary.argument = through.table
            arguments.primaryjoin.argument = through.primaryjoin
            arguments.secondaryjoin.argument = through.secondaryjoin
        else:
            direct = connect(self)
            arguments.primaryjoin.argument = direct.condition
            arguments.foreign_keys.argument = list(direct.foreign_columns)
            arguments.remote_side.argument = list(direct.remote_columns)
        if self.spec.order_by is not None:
            arguments.order_by.argument = ordering(self)
        super().do_init()

    def prepare_junction(self) -> bool:
        """Make the junction table if the target is mapped by now; False when that has to wait."""
        if self.spec.kind is not Kind.MANY_TO_MANY:
            return True
        try:
            self._setup_entity()
            ensure_junction(self)
        except (InvalidRequestError, NameError, JunctionNotMappedError):
            return False
        return True

    def cascade_iterator(
        self, type_: str, state: InstanceState[Any], *args: Any, **kwargs: Any
    ) -> Iterator[Any]:
        """Leave out detached objects whose link is already in the database: nothing is to be saved there."""
        for found in super().cascade_iterator(type_, state, *args, **kwargs):
            target: InstanceState[Any] = found[2]
            if type_ == "save-update" and target.detached and self.key not in state.committed_state:
                continue
            yield found


def _no_target(relation: ModelRelationship) -> ConfigurationError:
    names = {mapper.class_.__name__ for mapper in relation.parent.registry.mappers}
    return ConfigurationError(
        f"{relation.parent.class_.__name__}.{relation.key} leads to {relation.argument!r}, "
        "which is no model here.",
        hint=did_you_mean(str(relation.argument), names),
    )


def _check_other_end(relation: ModelRelationship) -> None:
    """``back_populates`` names a relation over there that leads back here."""
    name = relation.spec.back_populates
    if name is None:
        return
    here = f"{relation.parent.class_.__name__}.{relation.key}"
    target: Mapper[Any] = relation.entity.mapper
    reverse = relation_named(target, name)
    if reverse is None:
        raise ConfigurationError(
            f"{here} has back_populates={name!r}, and {target.class_.__name__} has no such relation.",
            hint=did_you_mean(name, relation_names(target)),
        )
    spec = spec_of_relation(reverse)
    fitting = {
        Kind.MANY_TO_ONE: Kind.ONE_TO_MANY,
        Kind.ONE_TO_MANY: Kind.MANY_TO_ONE,
        Kind.ONE_TO_ONE: Kind.ONE_TO_ONE,
        Kind.MANY_TO_MANY: Kind.MANY_TO_MANY,
    }[relation.spec.kind]
    if spec is not None and spec.kind is not fitting:
        raise ConfigurationError(
            f"{here} is a {relation.spec.kind.value}, "
            f"but {target.class_.__name__}.{name} is a {spec.kind.value}.",
            hint=f"The other end of a {relation.spec.kind.value} is a {fitting.value}.",
        )
