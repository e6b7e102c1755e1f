"""The list of fixture plugins; each subject has its own file."""

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.database",
    "tests.fixtures.blog",
    "tests.fixtures.clinic",
    "tests.fixtures.redis",
]
