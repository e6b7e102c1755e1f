"""The words of the page. No figure of a measurement stands here."""

from __future__ import annotations

HEAD = """
<!-- Written by `make bench`: words in benchmarks/report/text.py, figures in benchmarks/results.json. -->

# How fast it is, and how that was measured

Every figure on this page was measured by `make bench` and written by it; anybody can run it again. Figures
are **ratios** to a base that ran in the same minutes on the same core: absolute times of somebody else's
machine say little, and of a shared one even less. Where Portico falls short of a goal, the table says so
and by how much.
"""

METHOD = """
## Method

- The **base** (1.00) of the HTTP tables is what an expert writes by hand: Starlette, asyncpg and orjson,
  SQL in strings, a pool that sends no reset query, bodies that are parsed but not validated. On SQLite it
  is the same with aiosqlite. **bare ASGI** is a floor that nobody would maintain: no framework, no routing,
  and on SQLite the database in the event loop's own thread.
- One uvicorn worker for each stack, with uvloop and httptools, all of them pinned to one core; wrk with one
  thread on another; PostgreSQL wherever the system puts it. All stacks run at once and are idle but for the
  one under load. Each round loads every stack for a second, in an order that rotates; a figure is the
  median, over the rounds, of the ratio to the base *of the same round*. ° marks cells whose rounds lay more
  than half of the median apart. Differences under 10 % are no differences.
- Parameters vary from request to request (ids, where a page begins, values of filters, bodies).
- **Before anything is timed, the answers of all stacks are compared**: parsed JSON, row by row, field by
  field.
- CPU is that of the whole process, all threads; that of PostgreSQL is summed over all its processes. It
  moves less than requests per second do, so trust it first.
- The shop that is served has a rule: products that are *archived* may not be read or changed. In Portico
  that is a policy, with field rules beside it; ETags, problem documents, strict parameters and request
  validation are on. The other stacks have the rule written into each query by hand.
- PostgreSQL is a server of its own in a temporary folder, with `fsync`, `synchronous_commit` and
  `full_page_writes` off: writes show protocol and CPU, not the disk. SQLite: a file in WAL mode,
  `synchronous=normal` where a stack lets one say so.
"""

SHORTFALLS = """
## Why goals over HTTP are missed, and what the profile shows

The goals were set by prototypes that did one thing each: no strict parameters, no cursors, no problem
documents, no time limits, no request ids. **bare ASGI** in the tables below has none of these either, nor a
router, and leaves little room: its column against the goal is the most that anybody could reach here.

A sampled profile of a page of 20 (the application called in its own process, without the web server) is
flat. The driver and the event loop are the largest part, about a third, and the base has the same; the rest
is spread over many small steps: writing the rows, the cursors, ETag and headers, reading and checking the
parameters, finding the route, the time limit. None of them is a tenth. Of a create, validating the body and
digesting the new row for its ETag come on top. Leaving one of them out would give a few hundredths, and take
a promise away.
"""

HTTP = """
## Over HTTP

Products with nine columns (integers, texts, a decimal, a boolean, a moment, a float), reviews as their
children. Lists begin at a random id (`id >= x order by id limit n`) and are measured without a total;
*counted* is Portico's default page, with a count capped at 10,000, against the base's list *without* a
count. Other stacks do not count.
"""

ORM = """
## Model calls

One process, uvloop, one task, everything one after the other; objects that are changed or deleted are
loaded before the clock starts. A to K are the workloads of the ORM benchmark suite that the Tortoise
project publishes (py-orm-benchmarks, its small table); L to O are ours. The driver's row is one statement
for each object in I, J and K; SQLAlchemy's unit of work sends all of them at once, hence values below 1.
"""

RELATIONAL = """
## A relational read with a millisecond of network

After imdbench: a film with its directors, its cast, and its reviews with their authors. A proxy makes each
round trip to PostgreSQL one millisecond longer, so the number of round trips decides.
"""

GROWTH = """
## As work grows

CPU of the server process per request on PostgreSQL, as a multiple of what the base needs at the first point
of the same curve; for rows per table, CPU of the database is added. Each point is the median of its rounds.
"""

FOOTPRINT = """
## Start, memory, collector, connections

With `N` workers, PostgreSQL has to allow `N ×` the connections of one worker, plus those of deployments
that overlap: `PoolOptions(size=…)` bounds them. After start-up, `gc.freeze()` takes what was made then out
of every later collection, and `gc.set_threshold(50_000, 20, 20)` makes collections rarer; what each is
worth is below.
"""

MIXINS = """
## What a mixin costs

One table of nine columns, made once for each mixin, for a receiver of `post_save` after the commit, for an
outbox, and for all of these together; the **base** (1.00) is the class without any. Each is served by a
worker of its own, which exposes nothing else; all of them run at once, and are loaded one after the other in
each round. CPU includes what follows a commit: it is read when the last receiver has run. The outbox writes
its rows; the relay, which is another process, is not measured. The tenant comes from an `async` function that
gives a constant: FastAPI runs one without `async` in a thread, which costs more than all else about tenants.
What a mixin adds to answers (a version, moments) is a part of its cost. Where rows can be hidden, each
twentieth row is: it belongs to another tenant, or is deleted.

Round trips say which path was taken. Timestamps, tenants, deleted rows and versions are columns and
conditions of the same single statement, which commits by itself. An audit, a receiver and an outbox need the
row before and after, in one transaction with what they write: writes of such a class are units of work, and
its reads are what they were.
"""

FAIR = """
## What is fair, and what is not

- **Peers run in the form that their documentation recommends** and that is good for them: pools as large as
  ours, no pre-ping, `expire_on_commit=False`, no refresh where none is needed (SQLModel's documentation
  refreshes after each commit, and runs in FastAPI's thread pool, so it does here), FastCRUD without its
  count, msgspec schemas under Litestar, Django's own connection pool. If you maintain one of them and know
  a better form, the code is in `benchmarks/http/stacks` and `benchmarks/orm/adapters`: a change is welcome,
  and the page will show it.
- **They do what Portico does not, and the other way round.** SQLAlchemy's sessions bring identity and a
  unit of work that none of these endpoints needs; Portico's endpoints take any filter, sort and field
  choice where the others take two named parameters. Hand-written peers do not validate unknown parameters,
  send no ETag, and write no problem documents.
- **The base could be written better.** An expert who builds JSON in the database, keeps connections in a
  list and routes by hand arrives at the floor. What is compared is what people do write.
- **One process and one core** say nothing of many machines; a database on the same machine answers sooner
  than any other, which flatters whoever sends more round trips. The relational read shows how that changes
  with a network.
- **Closed loop**: each connection waits for its answer, so p50 mirrors throughput; p99 on a machine with
  two cores shows the scheduler as much as the stack.
- **Not measured**: MariaDB, TLS, real networks, HTTP/2, several workers, writes that wait for a disk.
  FastCRUD has no page of parents with their children: its join limits joined rows. Edgy was left out,
  Django's asynchronous ORM stands only in django-ninja.
"""
