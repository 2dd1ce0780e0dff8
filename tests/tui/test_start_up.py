import subprocess
import sys

SLOW = (
    "sqlalchemy",
    "alembic",
    "duckdb",
    "babel",
    "pluggy",
    "tomllib",
    "usagebill_tui.billing",
    "usagebill_tui.domain.periods",
    "usagebill_tui.events",
    "usagebill_tui.plugin",
    "usagebill_tui.tui.widgets.listing",
    "usagebill_tui.workspace",
)


def test_the_first_frame_comes_before_the_store_and_all_that_is_slow_to_import() -> None:
    script = (
        "import sys\n"
        "import usagebill_tui.cli.main\n"
        "from usagebill_tui.cli.context import Place\n"
        "Place(home=None, workspace=None).extensions()\n"
        "import usagebill_tui.tui.running, usagebill_tui.tui.app, usagebill_tui.tui.desk\n"
        "from usagebill_tui.tui.pages import page_type_of\n"
        "page_type_of('home')\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_imports_no_interface() -> None:
    script = "import sys, usagebill_tui.cli.main, usagebill_tui.cli.usage; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
