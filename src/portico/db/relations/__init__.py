"""Relations between models: declared once, walked by typed paths, loaded when asked."""

from .declaring import ManyToMany, ManyToOne, OneToMany, OneToOne, redeclare
from .descriptor import install_relations, relation
from .guards import close_deferred, guard_columns, no_lazy
from .hooks import Hooks, hooks
from .loading import LoadOptions, load_for_peers, load_relation, load_relations, remember_peers
from .managing import Related, foreign_key_values, link_pending, pending_links, relations_written
from .path import Path, PathAttribute, path_of, resolve_path
from .refs import Many, OptRef, Ref
from .shape import Shape, belonging, links_of, shape_of
from .spec import BY_ROWS, Kind, RelationSpec, spec_of_relation

__all__ = [
    "BY_ROWS",
    "Hooks",
    "Kind",
    "LoadOptions",
    "Many",
    "ManyToMany",
    "ManyToOne",
    "OneToMany",
    "OneToOne",
    "OptRef",
    "Path",
    "PathAttribute",
    "Ref",
    "Related",
    "RelationSpec",
    "Shape",
    "belonging",
    "close_deferred",
    "foreign_key_values",
    "guard_columns",
    "hooks",
    "install_relations",
    "link_pending",
    "links_of",
    "load_for_peers",
    "load_relation",
    "load_relations",
    "no_lazy",
    "path_of",
    "pending_links",
    "redeclare",
    "relation",
    "relations_written",
    "remember_peers",
    "resolve_path",
    "shape_of",
    "spec_of_relation",
]
