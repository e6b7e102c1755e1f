"""Notice: expose() with a policy is the whole API; your own routes stay yours and win.

Run it with: uvicorn 06_rest_api:app --app-dir examples
"""

from fastapi import FastAPI

from portico import Database, IntegerField, Mapped, Model, Portico, StringField

db = Database("sqlite+aiosqlite:///notes.db")


class Note(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=500)


app = FastAPI(title="Notes")


@app.get("/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


api = Portico(db, create_tables=True)
api.expose(Note, policy="public")
api.mount(app)
