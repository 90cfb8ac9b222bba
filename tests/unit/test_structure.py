"""The rules of the house: which way imports run, one table of commands, pages and the manifest written from it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from bot import reference
from ops.commands import COMMANDS, usage_hint
from ops.runbooks import RUNBOOKS

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "ops": {"ops"},
    "handlers": {"handlers", "ops"},
    "bot": {"bot", "handlers", "ops"},
    "sandbox": {"sandbox"},
}
OURS = set(MAY_IMPORT) | {"tests", "bench"}


def imports(file: Path) -> set[str]:
    """Absolute names of the modules a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def files(package: str) -> list[Path]:
    """Every Python file of a package."""
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files(package)
        for name in imports(file)
        if name.split(".")[0] in OURS - MAY_IMPORT[package]
    ]
    assert wrong == []


def test_inside_ops_the_engine_knows_no_runbook_and_a_runbook_no_door() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for folder, forbidden in (
            ("ops/engine", ("ops.runbooks", "ops.operations", "ops.ledger", "ops.lock")),
            ("ops/runbooks", ("ops.operations", "ops.build")),
            ("ops/database", ("ops.engine", "ops.runbooks", "ops.operations")),
        )
        for file in files(folder)
        for name in imports(file)
        if name.startswith(forbidden)
    ]
    assert wrong == []


def test_one_package_knows_the_docker_sdk_and_nothing_in_ops_has_heard_of_slack() -> None:
    for file in files("ops"):
        names = {name.split(".")[0] for name in imports(file)}
        assert not names & {"slack_sdk", "slack_bolt"}, file
        assert "docker" not in names or file.parent == ROOT / "ops" / "engine" / "docker", file


def test_every_command_has_a_runbook_and_every_runbook_a_command() -> None:
    assert set(RUNBOOKS) == {command.name for command in COMMANDS}


def test_the_page_of_commands_is_written_from_the_table() -> None:
    assert reference.PAGE.read_text() == reference.page(), "run: python -m bot.reference"


def test_the_manifest_shows_the_tables_usage_hint() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    assert manifest["features"]["slash_commands"][0]["usage_hint"] == usage_hint()
