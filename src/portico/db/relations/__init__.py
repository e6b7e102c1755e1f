"""Relations between models: declared once, walked by typed paths, loaded when asked."""

from .declare import ManyToMany, ManyToOne, OneToMany, OneToOne
from .descriptor import install_relations, relation
from .path import Path, PathAttribute, path_of, resolve_path
from .refs import Many, OptRef, Ref
from .related import Related
from .spec import Kind, RelationSpec, spec_of_relation

__all__ = [
    "Kind",
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
    "install_relations",
    "path_of",
    "relation",
    "resolve_path",
    "spec_of_relation",
]
