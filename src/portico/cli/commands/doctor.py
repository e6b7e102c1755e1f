"""`portico doctor`: what an application or a database would run like, and what is missing.

portico doctor blog.main:api
portico doctor postgresql://ann@db.example/shop
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from portico.app import Portico
from portico.cli.examination import Finding, about_server, examine
from portico.cli.existing import ServeOptions, api_of_existing
from portico.cli.loading import load_apis
from portico.cli.server import version
from portico.cli.target import DatabaseTarget, read_target


def doctor(
    target: Annotated[str, typer.Argument(help="A SQLite file, a database URL, or module:object.")],
    *,
    schema: Annotated[str | None, typer.Option(help="The schema to look at; else the default one.")] = None,
) -> None:
    """Say how each resource is served, and what is missing."""
    findings = asyncio.run(_findings(target, schema))
    typer.echo("\n".join(_report(target, findings)))
    if any(found.kind == "error" for found in findings):
        raise typer.Exit(1)


async def _findings(text: str, schema: str | None) -> list[Finding]:
    target = read_target(text)
    if isinstance(target, DatabaseTarget):
        apis: tuple[Portico, ...] = (await api_of_existing(target, ServeOptions(schema=schema)),)
    else:
        apis = load_apis(target)
    found: list[Finding] = []
    for api in apis:
        try:
            found += [
                one async for one in examine(api, is_application=not isinstance(target, DatabaseTarget))
            ]
        finally:
            await api.db.close()
    return [*dict.fromkeys((*found, *about_server()))]


def _report(target: str, findings: list[Finding]) -> list[str]:
    lines = [f"Portico {version()} has looked at {_name(target)}."]
    for heading in dict.fromkeys(found.about for found in findings):
        lines += ["", heading]
        lines += [f"  {_mark(found)}{found.text}" for found in findings if found.about == heading]
    errors = sum(found.kind == "error" for found in findings)
    lines += ["", f"{errors} {'error' if errors == 1 else 'errors'}." if errors else "Nothing is wrong."]
    return lines


def _name(target: str) -> str:
    found = read_target(target)
    return found.shown if isinstance(found, DatabaseTarget) else target


def _mark(found: Finding) -> str:
    return "" if found.kind == "fact" else f"{found.kind}: "
