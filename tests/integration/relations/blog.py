"""The models of the relation tests: every kind of relation once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.relations import (
    Many,
    ManyToMany,
    ManyToOne,
    OneToMany,
    OneToOne,
    OptRef,
    Ref,
    guard_columns,
    install_relations,
    load_for_peers,
)
from portico.db.session import current_database


class Base(DeclarativeBase):
    """Plain SQLAlchemy classes with our relations: this room stands below models."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        install_relations(cls)
        guard_columns(cls)

    async def load(self, *relations: str) -> None:
        """As on a model: for this object and its peers."""
        for name in relations:
            await load_for_peers(current_database(), self, name)


class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    staff: Many[User] = OneToMany(back_populates="company", order_by="username")


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(50))
    key: Mapped[str] = mapped_column(sa.String(50), default="k")
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("companies.id", ondelete="SET NULL"))
    company: OptRef[Company] = ManyToOne(back_populates="staff")
    posts: Many[Post] = OneToMany(back_populates="author")
    edited: Many[Post] = OneToMany(back_populates="editor")
    profile: OptRef[Profile] = OneToOne(back_populates="user")
    following: Many[User] = ManyToMany(back_populates="followers")
    followers: Many[User] = ManyToMany(back_populates="following")
    teams: Many[Team] = ManyToMany(through="Membership", back_populates="members")


class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    bio: Mapped[str] = mapped_column(sa.String(50))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    user: Ref[User] = OneToOne(back_populates="profile")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(50))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    editor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    author: Ref[User] = ManyToOne(back_populates="posts")
    editor: OptRef[User] = ManyToOne(foreign_key="editor_id", back_populates="edited")
    tags: Many[Tag] = ManyToMany(back_populates="posts", order_by="name")
    comments: Many[Comment] = OneToMany(back_populates="post")
    readers: Many[User] = ManyToMany(through="Reading")


class Reading(Base):
    """A junction with a key of its own, and nothing unique about the pair."""

    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"))
    reader_id: Mapped[int] = mapped_column("reader", sa.ForeignKey("users.id", ondelete="CASCADE"))
    seat: Mapped[int | None] = mapped_column(unique=True)


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(sa.String(50))
    post_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"))
    post: OptRef[Post] = ManyToOne(back_populates="comments")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50), unique=True)
    posts: Many[Post] = ManyToMany(back_populates="tags")


class Category(Base):
    __tablename__ = "categories"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("categories.id"))
    parent: OptRef[Category] = ManyToOne(back_populates="children")
    children: Many[Category] = OneToMany(back_populates="parent")


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    members: Many[User] = ManyToMany(through="Membership", back_populates="teams")
    memberships: Many[Membership] = OneToMany(back_populates="team")


class Membership(Base):
    __tablename__ = "memberships"
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20), default="member")
    team: Ref[Team] = ManyToOne(back_populates="memberships")
    user: Ref[User] = ManyToOne()


class Account(Base):
    __tablename__ = "accounts"
    region: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payments: Many[Payment] = OneToMany(back_populates="account")
    labels: Many[Label] = ManyToMany()


class Payment(Base):
    __tablename__ = "payments"
    __table_args__ = (
        sa.ForeignKeyConstraint(["region", "account_number"], ["accounts.region", "accounts.number"]),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(10))
    account_number: Mapped[int | None]
    account: OptRef[Account] = ManyToOne(back_populates="payments")


class Label(Base):
    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
