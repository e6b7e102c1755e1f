"""SQLModel as its documentation writes it: synchronous endpoints, which FastAPI runs in its thread pool."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import DateTime, Numeric
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, select

from benchmarks.http.stacks.shared import place
from benchmarks.http.stacks.shared.schemas import PLAIN, Plain, ProductChange, ReviewOut


class ProductBase(SQLModel):
    """What the table and the schemas share."""

    name: str = Field(max_length=80)
    description: str = Field(max_length=200)
    category: int = Field(index=True)
    price: Decimal = Field(sa_type=Numeric(10, 2))  # type: ignore[call-overload]
    stock: int
    active: bool
    created_at: datetime = Field(sa_type=DateTime(timezone=True))  # type: ignore[call-overload]
    rating: float


class Product(ProductBase, table=True):
    """Something for sale."""

    id: int | None = Field(default=None, primary_key=True)
    archived: bool = False
    reviews: list["Review"] = Relationship(sa_relationship_kwargs={"order_by": "Review.id"})


class Review(SQLModel, table=True):
    """What somebody says of a product."""

    id: int | None = Field(default=None, primary_key=True)
    product_id: int = Field(foreign_key="product.id")
    reader: str
    stars: int
    body: str


class ProductPublic(ProductBase):
    """What is shown."""

    id: int


class ProductWithReviews(ProductPublic):
    """A product and what was said of it."""

    reviews: list[ReviewOut]


engine = create_engine(
    place.sqlalchemy_url("psycopg" if place.POSTGRESQL else "pysqlite"), pool_size=place.POOL
)
place.tune(engine)
app = FastAPI()


def get_session() -> Iterator[Session]:
    """A session for one request."""
    with Session(engine) as session:
        yield session


Sessions = Annotated[Session, Depends(get_session)]


@app.get("/plain")
def plain() -> Plain:
    """No database."""
    return PLAIN


@app.get("/products/{key}", response_model=ProductPublic)
def get(key: int, session: Sessions) -> Product:
    """One row by its key."""
    found = session.exec(select(Product).where(Product.id == key, ~Product.archived)).first()
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/products", response_model=list[ProductPublic])
def page(from_id: int, limit: int, session: Sessions) -> Sequence[Product]:
    """Rows from an id on."""
    query = select(Product).where(Product.id >= from_id, ~Product.archived)
    return session.exec(query.order_by(Product.id).limit(limit)).all()


@app.get("/nested", response_model=list[ProductWithReviews])
def nested(from_id: int, limit: int, session: Sessions) -> Sequence[Product]:
    """Rows from an id on, each with its reviews."""
    query = select(Product).where(Product.id >= from_id, ~Product.archived)
    query = query.order_by(Product.id).limit(limit).options(selectinload(Product.reviews))
    return session.exec(query).all()


@app.get("/search", response_model=list[ProductPublic])
def found(category: int, min_stock: int, session: Sessions) -> Sequence[Product]:
    """Two conditions and an order."""
    query = select(Product).where(Product.category == category, Product.stock >= min_stock, ~Product.archived)
    return session.exec(query.order_by(Product.rating.desc(), Product.id.desc()).limit(20)).all()


@app.post("/products", response_model=ProductPublic, status_code=201)
def create(body: ProductBase, session: Sessions) -> Product:
    """A new row; commit and refresh, as the documentation does."""
    made = Product.model_validate(body)
    session.add(made)
    session.commit()
    session.refresh(made)
    return made


@app.patch("/products/{key}", response_model=ProductPublic)
def change(key: int, body: ProductChange, session: Sessions) -> Product:
    """Some columns of one row; commit and refresh, as the documentation does."""
    found = session.exec(select(Product).where(Product.id == key, ~Product.archived)).first()
    if found is None:
        raise HTTPException(404)
    found.sqlmodel_update(body.model_dump(exclude_unset=True))
    session.add(found)
    session.commit()
    session.refresh(found)
    return found
