"""The SQL of the stacks that are written by hand, in PostgreSQL's and SQLite's spelling."""

from __future__ import annotations

from benchmarks.http.stacks.shared import place
from benchmarks.shop.tables import REVIEW_COLUMNS, SHOWN

COLUMNS = ", ".join(SHOWN)
WRITTEN = SHOWN[1:]
_REVIEW = ", ".join(REVIEW_COLUMNS)


def _spelt(sql: str) -> str:
    """SQLite numbers its parameters with a question mark."""
    return sql if place.POSTGRESQL else sql.replace("$", "?")


_MARKS = ", ".join(f"${number}" for number in range(1, len(WRITTEN) + 1))
GET = _spelt(f"select {COLUMNS} from product where id = $1 and not archived")
PAGE = _spelt(f"select {COLUMNS} from product where id >= $1 and not archived order by id limit $2")
FOUND = _spelt(
    f"select {COLUMNS} from product where category = $1 and stock >= $2 and not archived"
    " order by rating desc, id desc limit 20"
)
CREATE = _spelt(
    f"insert into product ({', '.join(WRITTEN)}, archived) values ({_MARKS}, false) returning {COLUMNS}"
)


def change(names: tuple[str, ...]) -> str:
    """An UPDATE of these columns of the row whose id comes last."""
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(names, 1))
    where = f"where id = ${len(names) + 1} and not archived"
    return _spelt(f"update product set {sets} {where} returning {COLUMNS}")


def reviews(count: int) -> str:
    """Reviews of that many products; PostgreSQL takes their ids as one array."""
    if place.POSTGRESQL:
        return f"select {_REVIEW} from review where product_id = any($1::int[]) order by id"
    return f"select {_REVIEW} from review where product_id in ({','.join('?' * count)}) order by id"
