"""Whatever the path, both forms answer alike."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.integration.web.dispatch.world import Answer, Ask, Mount, Pair, answer_of

STEPS = st.one_of(
    st.sampled_from(
        [
            "words",
            "a",
            "b",
            "query",
            "aggregate",
            "export",
            "mine",
            "v1",
            "",
            ".",
            "..",
            "health",
            "a\n",
            "words\n",
        ]
    ),
    st.text(alphabet=st.sampled_from("aä%/\\?#;,~ .\n\x00\u2028😀"), max_size=4),
    st.text(max_size=6),
)
PATHS = st.lists(STEPS, max_size=4).map(lambda steps: "/" + "/".join(steps))
ASKS = st.builds(
    Ask,
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT"]),
    path=st.one_of(PATHS, PATHS.map(lambda path: path + "/")),
    root_path=st.sampled_from(["", "", "", "/v1", "/words", "/"]),
)


def build(mount: Mount) -> FastAPI:
    """An application with routes of its own around the generated ones."""

    async def own() -> str:
        return "own"

    app, sub = FastAPI(openapi_url=None), FastAPI(openapi_url=None)
    app.get("/words/mine")(own)
    mount(app)
    mount(sub)
    app.mount("/v1", sub)
    app.get("/words/{code}/extra")(own)
    app.get("/{table}/a")(own)
    return app


@pytest.fixture
async def forms(pair: Pair) -> list[FastAPI]:
    """The application with the table and without."""
    await pair.restore()
    return [build(pair.mount(dispatch=dispatch)) for dispatch in (True, False)]


@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asks=st.lists(ASKS, min_size=8, max_size=8))
async def test_any_path_is_answered_alike(pair: Pair, forms: list[FastAPI], asks: list[Ask]) -> None:
    """Odd characters in keys, slashes too many, encoded slashes (a server decodes them): no difference."""
    for ask in asks:
        given: list[Answer] = []
        for form in forms:
            if ask.method == "DELETE":
                await pair.restore()
            given.append(await answer_of(form, ask))
        assert given[0] == given[1]
