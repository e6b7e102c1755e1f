"""Clients that outside tools generate from our documents compile, and work against the running server."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.e2e.clients.tools import HERE, npm_folder, python_folder, run
from tests.e2e.contract.running import served_blog
from tests.fixtures.chinook import FILE
from tests.fixtures.server import serving

pytestmark = [
    pytest.mark.timeout(1800),  # A minute for most; several for the made tables if others work.
    pytest.mark.xdist_group("clients"),  # One process installs the tools.
]


@contextmanager
def served(application: str, folder: Path) -> Generator[str]:
    """The blog, Chinook, or two hundred made tables of twenty columns: where they answer."""
    if application == "chinook":
        copy = shutil.copy(FILE, folder / "chinook.sqlite")
        with serving("serve", str(copy), "--write") as running:
            yield running.url
        return
    module = {"blog": "tests.e2e.contract.served", "made": "tests.e2e.clients.made"}[application]
    with served_blog(f"sqlite:///{folder}/{application}.db", module) as url:
        yield url


@pytest.fixture(scope="module", params=["blog", "chinook", "made"])
def application(request: pytest.FixtureRequest) -> str:
    """The name of an application that is served."""
    return str(request.param)


@pytest.fixture(scope="module")
def server(application: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where it answers; each client takes away the rows that it made."""
    if application == "chinook" and not FILE.exists():
        pytest.skip("chinook.sqlite is not here; PORTICO_TEST_CHINOOK can say where it is")
    with served(application, tmp_path_factory.mktemp(application)) as url:
        yield url


def document_of(server: str, folder: Path) -> Path:
    """The document of a server as a file."""
    path = folder / "openapi.json"
    path.write_text(httpx.get(f"{server}/openapi.json", timeout=300).text)
    return path


def typescript(folder: Path, document: Path, name: str) -> Path:
    """The two TypeScript clients of one document, and the compiler beside them."""
    tools = npm_folder()
    (folder / "node_modules").symlink_to(tools / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "tsconfig.json", folder)
    binaries = tools / "node_modules" / ".bin"
    types = f"{name}_types.ts"
    run(binaries / "openapi-typescript", document, "-o", types, "--default-non-nullable", "false", cwd=folder)
    hey = f"hey_{name}"
    run(binaries / "openapi-ts", "-i", document, "-o", hey, "-c", "@hey-api/client-fetch", cwd=folder)
    return binaries


def test_typescript_clients_compile_and_work(server: str, application: str, tmp_path: Path) -> None:
    """`openapi-typescript` with `openapi-fetch`, and `@hey-api/openapi-ts`."""
    binaries = typescript(tmp_path, document_of(server, tmp_path), application)
    for kind in ("fetch", "hey"):
        shutil.copy(HERE / f"{kind}_{application}.ts", tmp_path)
    run(binaries / "tsc", "-p", "tsconfig.json", cwd=tmp_path)
    for kind in ("fetch", "hey"):
        assert "work" in run("node", f"out/{kind}_{application}.js", server, cwd=tmp_path)


def test_a_python_client_type_checks_and_works(server: str, application: str, tmp_path: Path) -> None:
    """`openapi-python-client` under mypy; where tables are many, compiled and left untidy, to save time."""
    binaries = python_folder() / "bin"
    document = document_of(server, tmp_path)
    large = application == "made"
    (tmp_path / "config.yml").write_text("post_hooks: []" if large else "{}")
    run(binaries / "openapi-python-client", "generate", "--path", document, "--output-path",
        f"{application}_client", "--meta", "none", "--config", "config.yml", cwd=tmp_path)  # fmt: skip
    shutil.copy(HERE / f"python_{application}.py", tmp_path)
    check = ["compileall", "-q", "-j", "2", "made_client"] if large else ["mypy", f"python_{application}.py"]
    run(binaries / "python", "-m", *check, cwd=tmp_path)
    assert "work" in run(binaries / "python", f"python_{application}.py", server, cwd=tmp_path)
