"""Clients that outside tools generate from our documents compile, and work against the running server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.e2e.clients.tools import HERE, npm_folder, python_folder, run
from tests.e2e.contract.running import served_blog
from tests.fixtures.chinook import FILE
from tests.fixtures.server import serving

from benchmarks.openapi import made_models
from portico.app import Portico
from portico.db.session import Database

TABLES = 200
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(params=["blog", "chinook"])
def application(request: pytest.FixtureRequest) -> str:
    """The name of an application that is served."""
    return str(request.param)


@pytest.fixture
def server(application: str, tmp_path: Path) -> Iterator[str]:
    """Where it answers."""
    with ExitStack() as stack:
        if application == "blog":
            yield stack.enter_context(served_blog(f"sqlite:///{tmp_path}/blog.db"))
            return
        if not FILE.exists():
            pytest.skip("chinook.sqlite is not here; PORTICO_TEST_CHINOOK can say where it is")
        copy = shutil.copy(FILE, tmp_path / "chinook.sqlite")
        yield stack.enter_context(serving("serve", str(copy), "--write")).url


def document_of(server: str, folder: Path) -> Path:
    """The document of a server as a file."""
    path = folder / "openapi.json"
    path.write_text(httpx.get(f"{server}/openapi.json").text)
    return path


def typescript(folder: Path, document: Path, name: str) -> Path:
    """The two TypeScript clients of one document, and the compiler beside them."""
    tools = npm_folder()
    (folder / "node_modules").symlink_to(tools / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "tsconfig.json", folder)
    binaries = tools / "node_modules" / ".bin"
    run(binaries / "openapi-typescript", document, "-o", f"{name}_types.ts", "--default-non-nullable", "false",
        cwd=folder)  # fmt: skip
    run(
        binaries / "openapi-ts",
        "-i",
        document,
        "-o",
        f"hey_{name}",
        "-c",
        "@hey-api/client-fetch",
        cwd=folder,
    )
    return binaries


def test_typescript_clients_compile_and_work(server: str, application: str, tmp_path: Path) -> None:
    """`openapi-typescript` with `openapi-fetch`, and `@hey-api/openapi-ts`."""
    binaries = typescript(tmp_path, document_of(server, tmp_path), application)
    for kind in ("fetch", "hey"):
        shutil.copy(HERE / f"{kind}_{application}.ts", tmp_path)
    run(binaries / "tsc", "-p", "tsconfig.json", cwd=tmp_path)
    for kind in ("fetch", "hey"):
        assert "works" in run("node", f"out/{kind}_{application}.js", server, cwd=tmp_path)


def test_a_python_client_type_checks_and_works(server: str, application: str, tmp_path: Path) -> None:
    """`openapi-python-client`, under mypy as its users run it."""
    binaries = python_folder() / "bin"
    document = document_of(server, tmp_path)
    run(binaries / "openapi-python-client", "generate", "--path", document, "--output-path",
        f"{application}_client", "--meta", "none", cwd=tmp_path)  # fmt: skip
    shutil.copy(HERE / f"python_{application}.py", tmp_path)
    run(binaries / "mypy", f"python_{application}.py", cwd=tmp_path)
    assert "works" in run(binaries / "python", f"python_{application}.py", server, cwd=tmp_path)


async def made_document(folder: Path) -> Path:
    """The document of an API of two hundred tables of twenty columns."""
    async with Database(f"sqlite:///{folder}/never.db", name="made") as database:
        api = Portico(database)
        for model in made_models(TABLES, 20):
            api.expose(model, policy="public")
        path = folder / "openapi.json"
        path.write_text(json.dumps(api.app().openapi()))
    return path


async def test_clients_of_two_hundred_tables_compile(tmp_path: Path) -> None:
    """What works for a blog has to work for a warehouse."""
    document = await made_document(tmp_path)
    binaries = typescript(tmp_path, document, "made")
    run(binaries / "tsc", "-p", "tsconfig.json", "--noEmit", cwd=tmp_path)
    python = python_folder() / "bin"
    run(python / "openapi-python-client", "generate", "--path", document, "--output-path", "made_client",
        "--meta", "none", cwd=tmp_path)  # fmt: skip
    run(python / "python", "-m", "compileall", "-q", "-j", "2", "made_client", cwd=tmp_path)
