"""`customers` and `customers import`: all rows or none, and the line of what cannot be used."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

ROWS = """id,name,aliases,timezone,tax_percent,plan,start
acme,,cus_1;cus_2,,,,
globex,"Globex, Inc.",,Europe/Berlin,19,basic,2024-01-01
"""


def imported(command: Command, folder: Path, text: str, *options: str) -> tuple[int, str, str]:
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    return command("customers", "import", "rows.csv", *options)


def test_without_a_subcommand_it_lists(filled: Command) -> None:
    plain = filled("customers", "--format", "csv")
    assert plain.out == filled("customers", "list", "--format", "csv").out
    assert plain.out == ("id,name,aliases,timezone,currency,tax_percent\nacme,Acme Inc.,[],UTC,USD,10\n")


def test_rows_add_and_change_and_empty_cells_change_nothing(filled: Command, tmp_path: Path) -> None:
    dry = imported(filled, tmp_path, ROWS, "--dry-run", "--format", "table")
    assert dry[0] == 0
    assert dry[2] == "production: customers would be added 1, changed 1\n"
    assert len(json.loads(filled("customers").out)) == 1
    done = imported(filled, tmp_path, ROWS, "--format", "table")
    assert (done[0], done[1]) == (0, dry[1])
    acme, globex = json.loads(filled("customers").out)
    assert (acme["name"], acme["aliases"], acme["tax_percent"]) == ("Acme Inc.", ["cus_1", "cus_2"], "10")
    assert (globex["name"], globex["timezone"], globex["tax_percent"]) == (
        "Globex, Inc.",
        "Europe/Berlin",
        "19",
    )
    found = json.loads(filled("subscriptions").out)
    assert [(one["id"], one["plan"], one["start"]) for one in found] == [
        ("acme-basic", "basic@1", "2023-11-01"),
        ("globex-basic", "basic@1", "2024-01-01"),
    ]
    again = imported(filled, tmp_path, ROWS)
    assert again[2] == "production: customers added 0, changed 0\n"


def test_a_known_subscription_keeps_what_a_row_leaves_out(filled: Command, tmp_path: Path) -> None:
    assert imported(filled, tmp_path, ROWS)[0] == 0
    price = 'storage={"unit_amount": "7"}'
    change = ("subscriptions", "change", "globex-basic", "--end", "2024-06-01", "--price", price)
    assert filled(*change).code == 0
    before = filled("subscriptions").out
    assert imported(filled, tmp_path, ROWS)[0] == 0
    assert filled("subscriptions").out == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "rows.csv, line 1: has no column 'id'"),
        ("name\nx\n", "rows.csv, line 1: has no column 'id'"),
        ("id,nmae\nx,y\n", "unknown column 'nmae'; did you mean 'name'?"),
        ("id,name,name\nx,y,z\n", "has the column 'name' twice"),
        ("id,name\nx,y\n,z\n", "line 3: has no id"),
        ("id,name\nx,y\nx,z\n", "line 3: 'x' is on line 2 already"),
        ("id,name\nx,y,z\n", "line 2: has 3 cells, the header 2"),
        ('id,name\nx,"y\n', "is not CSV"),
        ("id,plan\nx,basic\n", "line 2: has 'plan' and no 'start'"),
        ("id,end\nx,2024-01-01\n", "line 2: has 'end' and no 'plan'"),
        ("id,plan,start\nx,basik,2024-01-01\n", "did you mean 'basic'?"),
        ("id,timezone\nok,UTC\nx,Mars\n", '[[customer]] "x", timezone: unknown time zone'),
        ("id,tax_percent\nx,120\n", "tax_percent"),
        ("id,aliases\nx,acme\n", "'acme' already names the customer 'acme'"),
    ],
)
def test_a_wrong_row_changes_nothing(filled: Command, tmp_path: Path, text: str, said: str) -> None:
    code, out, err = imported(filled, tmp_path, text)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert len(json.loads(filled("customers").out)) == 1


def test_a_file_that_is_not_there_exits_4(filled: Command) -> None:
    assert filled("customers", "import", "none.csv").code == 4
