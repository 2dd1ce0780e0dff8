"""The pytest plugin that makes a test of each law. Every pytest run imports it: it imports nothing else."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_generate_tests(metafunc: "pytest.Metafunc") -> None:
    """Run a test that has laws above it once for each; other tests are left alone."""
    laws = getattr(metafunc.function, "usagebill_laws", ())
    if laws:
        metafunc.parametrize("law", laws, ids=[f"{law.subject}: {law.name}" for law in laws])
