from pathlib import Path

import pytest

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.errors import NotFound, Refused, WrongCall
from usagebill_tui.events.types import Options
from usagebill_tui.workspace import Workspace

EVENT = '{{"id": "{0}", "account": "a", "metric": "m", "timestamp": "{1}"}}'
GOOD, BAD = EVENT.format(1, "2023-12-01"), EVENT.format(2, "never")


def imported(home: Path, name: str, text: str, options: Options = Options()) -> Workspace:  # noqa: B008 - frozen
    file = home / name
    file.write_text(text)
    workspace = Workspace.open("sandbox", home=home / "home")
    workspace.import_events([file], ImportRequest(options=options))
    return workspace


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("u.csv", "id,account,metric,timestamp\n1,a,m,2023-12-01\n2,a,m,never\n"),
        ("u.tsv", "id\taccount\tmetric\ttimestamp\n1\ta\tm\t2023-12-01\n2\ta\tm\tnever\n"),
        ("u.jsonl", f"{GOOD}\n{BAD}\n"),
        ("u.json", f"[{GOOD},\n{BAD}]"),
    ],
)
def test_what_was_rejected_is_mended_in_the_form_in_which_it_came(
    tmp_path: Path, name: str, text: str
) -> None:
    with imported(tmp_path, name, text) as workspace:
        (entry,) = workspace.browse.rejects_of(1, None, 10)
        report = workspace.import_mended(1, [entry.number], [entry.raw.replace("never", "2023-12-02")])
        assert (report.counts.read, report.counts.accepted) == (1, 1)
        assert [e.id for e in workspace.events()] == ["1", "2"]


def test_rows_are_read_as_their_file_was(tmp_path: Path) -> None:
    options = Options(
        map={"account": "user"},
        set={"metric": "m"},
        delimiter=";",
        timezone="Europe/Berlin",
        encoding="latin-1",
    )
    text = "user;timestamp;place\nb;2023-12-01T00:00:00;x\nb;never;x\n"
    with imported(tmp_path, "u.csv", text, options) as workspace:
        workspace.import_mended(1, [0], ["b;2023-12-02T00:00:00;Köln"])
        last = list(workspace.events())[-1]
        assert (last.account, last.metric, last.properties["place"].as_text()) == ("b", "m", "Köln")
        assert last.timestamp % 86_400_000_000 == 23 * 3_600_000_000


def test_what_makes_no_sense_is_refused_and_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("account,metric,timestamp\na,m,never\n")
    (tmp_path / "c.csv").write_text("metric,account,timestamp\nm,a,never\n")
    with Workspace.open("sandbox", home=tmp_path / "home") as workspace:
        workspace.import_events([tmp_path / "b.csv", tmp_path / "c.csv"])
        with pytest.raises(WrongCall):
            workspace.import_mended(1, [0], [" "])
        with pytest.raises(NotFound):
            workspace.import_mended(1, [7], ["a,m,2023-12-01"])
        with pytest.raises(Refused):
            workspace.import_mended(1, [0, 1], ["a,m,2023-12-01"])
        assert len(workspace.batches()) == 1


def test_the_rejects_of_a_batch_are_written_to_be_mended(tmp_path: Path) -> None:
    text = "id,account,metric,timestamp\n1,a,m,never\n"
    with imported(tmp_path, "u.csv", text) as workspace:
        assert workspace.export_rejects(1, tmp_path / "out.csv") == 1
    assert (tmp_path / "out.csv").read_text() == text
