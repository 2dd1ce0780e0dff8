"""`move`: what it prints in every form, and what the other workspace holds then."""

import json

import pytest

from tests.cli.conftest import Command

HELD = (("usage", "--from", "2023-11-01", "--to", "2023-12-01"), ("invoices",), ("batches",))


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
def test_a_workspace_is_carried_to_another_folder(filled: Command, form: str) -> None:
    assert filled("bill", "2023-11", "--finalize").code == 0
    moved = filled("move", "--to", "there", "--format", form)
    assert (moved.code, moved.err.splitlines()[-1].partition(": ")[2]) == (
        0,
        f"{count(filled):,} events and 1 final invoice, recomputed, are the same in both",
    )
    assert "invoices" in moved.out
    for call in HELD:
        there = filled("--workspace", "there", *call)
        assert (there.code, there.out) == (0, filled(*call).out)


def count(command: Command) -> int:
    return len(json.loads(command("events").out))
