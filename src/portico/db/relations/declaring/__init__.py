"""How relations are declared, and how their columns and junction tables are found."""

from .declare import ManyToMany, ManyToOne, OneToMany, OneToOne, redeclare
from .mapping import ModelRelationship

__all__ = ["ManyToMany", "ManyToOne", "ModelRelationship", "OneToMany", "OneToOne", "redeclare"]
