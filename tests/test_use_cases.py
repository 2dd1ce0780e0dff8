"""What the workspace's methods import when they are called is known, so that it can be loaded before."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from usagebill_tui import workspace
from usagebill_tui.workspace import use_cases


def imported() -> Iterator[str]:
    for path in Path(workspace.__file__).parent.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom) and node.module:
                        yield from (module_of(node.module, alias.name) for alias in node.names)


def module_of(module: str, name: str) -> str:
    try:
        return f"{module}.{name}" if importlib.util.find_spec(f"{module}.{name}") else module
    except ModuleNotFoundError:
        return module


def test_the_list_is_what_the_methods_import() -> None:
    assert sorted(f"usagebill_tui.{name}" for name in use_cases.MODULES) == sorted(set(imported()))
