"""openapi-python-client against the last of many tables: python python_made.py http://127.0.0.1:8000."""

import datetime
import sys

from made_client import Client
from made_client.api.table198s import create_table_198
from made_client.api.table199s import (
    create_table_199,
    delete_table_199,
    get_table_199,
    list_table_199_s,
    query_table_199_s,
    update_table_199,
)
from made_client.models.problem import Problem
from made_client.models.table_198_create import Table198Create
from made_client.models.table_198_read import Table198Read
from made_client.models.table_199_create import Table199Create
from made_client.models.table_199_page import Table199Page
from made_client.models.table_199_query import Table199Query
from made_client.models.table_199_query_page import Table199QueryPage
from made_client.models.table_199_read import Table199Read
from made_client.models.table_199_update import Table199Update
from made_client.models.table_199_where import Table199Where

client = Client(base_url=sys.argv[1])

first = create_table_198.sync(client=client, body=Table198Create(column_0="a", column_8="b", column_16="c"))
assert isinstance(first, Table198Read)
body = Table199Create(column_0="By Python", column_5="9.50", column_8="b", column_16="c", before_id=first.id)
made = create_table_199.sync(client=client, body=body)
assert isinstance(made, Table199Read)
assert made.column_5 == "9.50"
listed = list_table_199_s.sync(client=client, column_0_icontains="python", column_5_gte=9.5, limit=5)
assert isinstance(listed, Table199Page)
assert [one.id for one in listed.items] == [made.id]
asked = query_table_199_s.sync(client=client, body=Table199Query(where=Table199Where(before_id=first.id)))
assert isinstance(asked, Table199QueryPage)
assert len(asked.items) == 1
day = datetime.date(2026, 1, 31)
changed = update_table_199.sync(made.id, client=client, body=Table199Update(column_7=day))
assert isinstance(changed, Table199Read)
assert changed.column_7 == day
one = get_table_199.sync(made.id, client=client)
assert isinstance(one, Table199Read)
assert one.column_0 == "By Python"
assert delete_table_199.sync_detailed(made.id, client=client).status_code == 204
gone = get_table_199.sync(made.id, client=client)
assert isinstance(gone, Problem)
print("python: two hundred tables work")
