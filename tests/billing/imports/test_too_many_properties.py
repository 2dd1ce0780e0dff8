"""Properties take columns, and memory: an import that would need too many is refused whole."""

from pathlib import Path

import pytest

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.parquet import staging
from usagebill_tui.workspace import Workspace

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01","properties":{"%s":%s}}\n'


def rows(*named: tuple[str, str]) -> str:
    return "".join(ROW % (number, name, value) for number, (name, value) in enumerate(named))


def test_as_many_as_fit_are_imported_and_more_refuse_the_import_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "MOST_COLUMNS", 3)
    fits, more = tmp_path / "fits.jsonl", tmp_path / "more.jsonl"
    fits.write_text(rows(("a", "1"), ("b", "1"), ("a", '"x"'), ("a", "2")))
    more.write_text(rows(("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")))
    with Workspace.open("sandbox", home=tmp_path / "home") as workspace:
        with pytest.raises(InvalidInput, match="more than 3 different properties together") as caught:
            workspace.import_events([more], ImportRequest())
        assert "\n" not in str(caught.value)
        assert (workspace.batches(), list(workspace.events())) == ([], [])
        assert workspace.import_events([fits], ImportRequest()).counts.accepted == 4
        assert [one for one in workspace.doctor() if one.status != "ok"] == []
