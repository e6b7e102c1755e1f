"""A statement that was made for one caller serves another only where the rules have the same structure.

PORTICO_TEST_REQUESTS says how many requests for each database, PORTICO_TEST_SEED with which seed.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portico.access import Policy, Principal, all_of, any_of, not_, owner, signed_in
from portico.db.query import F, Q, Query
from portico.resources.compiled.places import place_of
from tests.integration.compiled.reading.both import Doors, both
from tests.integration.differential.requests import Generator, parameters
from tests.integration.differential.world import RELATIONS, Article, Comment, Label, State, Writer

REQUESTS = int(os.environ.get("PORTICO_TEST_REQUESTS", "200"))
SEED = int(os.environ.get("PORTICO_TEST_SEED", "0")) or secrets.randbelow(10**9)
Rule = Callable[[random.Random], Any]


def _articles(dice: random.Random) -> Any:
    number, text = dice.randrange(5), dice.choice(("a", "B", "%", "é"))
    other, label = aliased(Article), aliased(Label)
    return dice.choice(
        (
            lambda: Q(likes__gte=number),
            lambda: Q(likes__in=[number, number + 1]) | Q(state=State.OUT),
            lambda: Q(author__age=number, title__icontains=text),
            lambda: ~Q(author__in=Query(Writer).filter(age__gt=number)),
            lambda: Q(author=None) | Q(author__ne=number + 1),
            lambda: Q(likes__lt=F("id")),
            lambda: Q(labels__name__startswith=text),
            lambda: Q(seen_at__year__in=(2025, 2024 + number)),
            lambda: Article.likes > number,
            lambda: Article.likes.in_(range(number + 1)),
            lambda: Article.title.contains(text) | Article.price.is_(None),
            lambda: Article.title.ilike(f"{text}%"),
            lambda: sa.func.length(Article.title) >= number,
            lambda: sa.exists().where(Comment.article_id == Article.id, Comment.score == number),
            lambda: sa.select(sa.func.count(other.id)).where(other.likes == number).scalar_subquery() > 2,
            lambda: Article.author_id.in_(sa.select(Writer.id).where(Writer.age >= number)),
            lambda: sa.exists().where(label.id > number) & (Article.id > number),
            lambda: sa.text("articles.likes > 1"),
            lambda: Article.id.between(number, number * 5),
            lambda: Q(id__in=list(range(dice.choice((1, 3, 4, 70))))),
        )
    )()


def _writers(dice: random.Random) -> Any:
    number = dice.randrange(4)
    return dice.choice(
        (
            lambda: Q(hidden=False),
            lambda: Q(hidden__in=[True]),
            lambda: Q(age=None) | Q(age__between=(0, number)),
            lambda: Writer.hidden.is_(False) & (Writer.id > number),
            lambda: Q(Writer.age != number, hidden=bool(number)),
            lambda: Q(boss__age__gte=number),
            lambda: Q(articles__likes=number),
        )
    )()


def _comments(dice: random.Random) -> Any:
    number = dice.randrange(3)
    return dice.choice(
        (lambda: Q(score=number), lambda: Comment.score >= number, lambda: Q(article__likes__gt=number))
    )()


MADE: dict[str, Rule] = {
    "articles": _articles,
    "writers": _writers,
    "comments": _comments,
    "labels": _comments,
}


def _rule(resource: str) -> Callable[[Principal], object]:
    """A rule that is another one for each caller, with the same structure for some of them."""

    def rule(principal: Principal) -> object:
        dice = random.Random(f"{principal.id} {resource}")
        if resource == "labels" or dice.random() < 0.25:
            return dice.random() < 0.8
        found = MADE[resource](dice)
        if dice.random() < 0.3:
            found = Q(found) | Q(MADE[resource](dice))
        return ~Q(found) if dice.random() < 0.2 else found

    return rule


@pytest.mark.timeout(3600)
async def test_callers_with_other_rules_never_share_a_statement(url: str) -> None:
    """Random rules for random callers: what each of them gets is what the general path gives."""
    chance = random.Random(SEED)
    rules = {name: Policy(read=_rule(name)) for name in RELATIONS}
    async with both(url, SEED, rules) as doors:
        for _ in range(REQUESTS):
            caller = f"caller {chance.randrange(40)}"
            resource = chance.choice(list(RELATIONS))
            if chance.random() < 0.3:
                await doors.same(f"/{resource}/{chance.randrange(1, 12)}", who=caller)
                continue
            asked = Generator(chance, ruled=chance.random() < 0.5).asked(resource)
            if chance.random() < 0.8:
                asked.include.clear()
            await doors.same(f"/{resource}?{urlencode(parameters(asked))}", who=caller)
        assert _made(doors) > 10, "nothing was compiled"


@pytest.mark.parametrize("turn", range(5))
async def test_rules_that_are_conditions_hold_as_functions_would(url: str, turn: int) -> None:
    """A condition that is the same for everybody stands in statements as it is, beside rules that vary."""
    chance = random.Random(SEED + turn)
    rules = {name: Policy(read=True) for name in RELATIONS}
    rules["articles"] = Policy(read=_articles(chance))
    rules["writers"] = Policy(read=_writers(chance) if chance.random() < 0.5 else _rule("writers"))
    async with both(url, SEED, rules) as doors:
        for number in range(20):
            asked = Generator(chance, ruled=True).asked("articles")
            await doors.same(f"/articles?{urlencode(parameters(asked))}", who=f"caller {number % 3}")
        assert _made(doors) > 0 or _has_a_long_list(rules["articles"]), "nothing was compiled"


def _has_a_long_list(policy: Policy) -> bool:
    rule = policy.read(Principal("1"))
    return isinstance(rule, Q) and "id__in" in repr(rule)


async def test_one_statement_serves_all_owners(url: str) -> None:
    """The identity of the caller is a value; only who is nobody, or sees all, has another statement."""
    mine = any_of(owner("author_id"), all_of(signed_in, lambda who: who.is_admin))
    rules = {name: Policy(read=True) for name in RELATIONS} | {"articles": Policy(read=mine)}
    async with both(url, SEED, rules) as doors:
        seen: dict[str, set[Any]] = {}
        for caller in ("1", "2", "3", "1", "root"):
            reply = await doors.same("/articles?count=none", who=caller)
            seen[caller] = {row["author_id"] for row in reply.json()["items"]}
            before = _made(doors) if caller == "1" and not seen.get("2") else None
            assert before is None or before == 1
        assert seen["1"] <= {1}
        assert seen["2"] <= {2}
        assert len(seen["root"]) > 2
        assert _made(doors) == 2


REFUSALS: dict[str, Any] = {
    "closed": False,
    "nobody": not_(signed_in),
    "an odd value": lambda _: Q(likes__gte="x"),  # pyright: ignore[reportUnknownLambdaType] -- a rule
    "an odd name": lambda _: Q(nothing=1),  # pyright: ignore[reportUnknownLambdaType] -- a rule
}


@pytest.mark.parametrize("rule", REFUSALS.values(), ids=REFUSALS)
async def test_what_a_rule_refuses_is_refused_alike(url: str, rule: Any) -> None:
    """Nobody may read, or the rule itself is wrong: as a list, as a row, and on the way to another row."""
    rules = {name: Policy(read=True) for name in RELATIONS} | {"articles": Policy(read=rule, create=True)}
    async with both(url, SEED, rules) as doors:
        for path in ("/articles", "/articles/1", "/comments?article.likes__gte=0", "/writers/1/articles"):
            reply = await doors.same(path, who="1")
            # On the way to other rows whoever may see none of these finds nothing.
            assert reply.status_code >= 400 or reply.json()["items"] == []


def _made(doors: Doors) -> int:
    """How many statements were compiled so far."""
    return sum(place_of(one, doors.database).shapes.made for one in doors.api.resources)
