"""Notice: the Pydantic classes are there when the class statement ends, and passwords only go in."""

from pydantic import computed_field

from portico import IntegerField, Mapped, Model, PasswordField, StringField


class Member(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    password: Mapped[str] = PasswordField()

    class Read(Model.Read):
        name: str

        @computed_field
        def initial(self) -> str:
            return self.name[:1]


print(sorted(Member.Create.model_json_schema()["properties"]))
print(sorted(Member.Update.model_json_schema()["properties"]))
print(Member.Read.model_validate({"id": 1, "name": "Ann", "password": "not shown"}).model_dump_json())
