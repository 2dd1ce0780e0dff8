"""`usagebill`: global options, the list of commands, and how errors end."""

import atexit
import gc
import importlib
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from usagebill_tui import __version__
from usagebill_tui.errors import UsagebillError, WrongCall
from usagebill_tui.foreign_text import safe

if TYPE_CHECKING:
    from usagebill_tui.cli.context import Place

INTERRUPTED = 130
YOUNG_OBJECTS = 10_000
"""So many new objects are waited for until garbage is looked for; Python's own 700 is a fifth of a start."""

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo:demo", "Fill the workspace `demo` with samples, bill it, and show the result."),
    "catalog": ("catalog:catalog", "Apply, export, compare and check the catalogue file."),
    "import": ("importing:import_", "Import event files."),
    "watch": ("watch:watch", "Import files as they are finished in a folder."),
    "mappings": ("mappings:mappings", "List saved mappings, or delete one."),
    "batches": ("batches:batches", "List imports, or take one back."),
    "rejects": ("batches:rejects", "List rejected rows, or write them out to be mended."),
    "events": ("events:events", "Show events."),
    "usage": ("usage:usage", "Show usage by customer and metric."),
    "estimate": ("estimate:estimate", "Show the current period's charges so far."),
    "quote": ("quote:quote", "Price a quantity."),
    "bill": ("bill:bill", "Make the invoices of a period."),
    "invoices": ("invoices:invoices", "List invoices."),
    "invoice": ("invoices:invoice", "Show, finalize, void or export one invoice."),
    "explain": ("explain:explain", "Explain an invoice down to its events."),
    "why": ("why:why", "Tell why there is no usage, or another charge than expected."),
    "simulate": ("simulate:simulate", "Put past usage under other prices: before, after, difference."),
    "pay": ("payments:pay", "Record a payment or refund."),
    "payments": ("payments:payments", "List payments."),
    "credit-notes": ("credit_notes:credit_notes", "List, show and make credit notes."),
    "credits": ("credits:credits_", "List and add prepaid credits, and set them against invoices."),
    "ledger": ("ledger:ledger", "Show the ledger's balances, or export its entries."),
    "adjustments": ("adjustments:adjustments", "Settle what late events change of final invoices."),
    "parity": ("parity:parity", "Compare our invoices with another system's amounts."),
    "report": ("report:report", "Write reports."),
    "customers": ("customers:customers", "List customers, or import them from a CSV file."),
    "subscriptions": ("subscriptions:subscriptions", "List, add, change, cancel and move subscriptions."),
    "metrics": ("lists:metrics", "List metrics."),
    "products": ("lists:products", "List products."),
    "plans": ("lists:plans", "List plans and their versions."),
    "audit": ("lists:audit", "Show who changed what, when."),
    "erase": ("erase:erase", "Take a customer's personal data out of events and contacts, for good."),
    "plugins": ("plugins:plugins", "List, check, enable and disable plugins."),
    "verify": ("health:verify", "Read everything that is stored again, against its digests."),
    "doctor": ("health:doctor", "Look at the installation and the workspace."),
    "backup": ("health:backup", "Copy the whole workspace to a file."),
    "restore": ("health:restore", "Make a workspace of a backup."),
    "move": ("move:move", "Copy the workspace to other stores, proven to bill the same."),
    "serve": ("serve:serve", "Serve the interface to a browser on this machine."),
    "workspaces": ("workspaces:workspaces", "List, create and delete workspaces."),
}
"""Each command with the place of its code, which is imported only when it is called, and its one line."""


class LazyGroup(click.Group):
    """Knows its commands by name and imports the code of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands, in the order of a working day."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or fail with the nearest name."""
        del ctx
        if cmd_name not in COMMANDS:
            from usagebill_tui.domain.names import suggestion

            raise WrongCall(f"no such command {cmd_name!r}", mend=suggestion(cmd_name, COMMANDS))
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"usagebill_tui.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--home", metavar="DIR", help="Folder of all workspaces (USAGEBILL_HOME).")
@click.option(
    "--workspace", metavar="NAME", help="Workspace to use (USAGEBILL_WORKSPACE; default: production)."
)
@click.option(
    "--plugins-dir", "plugins_dirs", multiple=True, metavar="DIR", help="Folder of single-file plugins."
)
@click.option("--no-plugins", is_flag=True, help="Use what is built in, no plugins.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, "--version", prog_name="usagebill", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    ctx: click.Context,
    home: str | None,
    workspace: str | None,
    plugins_dirs: tuple[str, ...],
    *,
    no_plugins: bool,
    debug: bool,
) -> None:
    """Usage-based billing on your own machine: event files in, invoices that explain every cent out."""
    from usagebill_tui.cli.context import Place

    ctx.obj = Place(home=home, workspace=workspace, plugins_dirs=plugins_dirs, no_plugins=no_plugins)
    del debug
    if ctx.invoked_subcommand is None:
        _open_interface(ctx.obj)


def _open_interface(place: "Place") -> None:
    """Open the terminal interface; without a terminal, name the commands."""
    from usagebill_tui.tui.running import on_terminal, run_interface

    if not on_terminal():
        raise WrongCall(
            "no command given", mend=f"use one of {', '.join(COMMANDS)}; `usagebill --help` tells more"
        )
    run_interface(place.all(), place.name, place.extensions())


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; every error is one line."""
    code = _exit_code(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        leave_at_once(code)
    sys.exit(code)


def _exit_code(given: list[str]) -> int:
    collect_seldom()
    prepare_streams()
    os.umask(0o077)
    try:
        code = cli.main(args=given, prog_name="usagebill", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has had enough; the rest must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except BaseException as error:  # noqa: BLE001 - the last place where anything can be said
        return _ended(error, debug="--debug" in given)
    return code if isinstance(code, int) else 0


def leave_at_once(code: int) -> None:
    """End the process without taking apart what it has imported, a seventh of a small import's time.

    What was registered for the end is done. Where a thread still works, this returns: it is waited for.
    """
    import threading

    if threading.active_count() > 1:
        return
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to have them run
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # lost, or closed already; the exit code still tells
            stream.flush()
    os._exit(code)


def collect_seldom() -> None:
    """Look for garbage less often, and not at the end: of what a command imports, nothing is garbage."""
    gc.set_threshold(YOUNG_OBJECTS)
    atexit.register(_keep_until_the_end)


def _keep_until_the_end() -> None:
    # DuckDB complains of whatever of it is never collected.
    if "duckdb" not in sys.modules:
        gc.freeze()


def prepare_streams() -> None:
    """Write UTF-8 with plain line ends whatever the system's habits: outputs are the same everywhere."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _ended(error: BaseException, *, debug: bool) -> int:
    if debug and not isinstance(error, click.exceptions.Exit | SystemExit):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    line, code = _described(error)
    with suppress(OSError):  # the exit code still tells
        click.echo(f"error: {safe(' '.join(line.split()))}", err=True)
    return code


def _described(error: BaseException) -> tuple[str, int]:
    match error:
        case KeyboardInterrupt() | click.Abort():
            return "interrupted; nothing is half-done", INTERRUPTED
        case RuntimeError() if str(error) == "Query interrupted":  # DuckDB hides the interrupt behind it
            return "interrupted; nothing is half-done", INTERRUPTED
        case UsagebillError():
            return str(error), error.exit_code
        case click.ClickException():
            return error.format_message(), error.exit_code
        case OSError():
            return f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), 1
        case _:
            return f"internal error: {type(error).__name__}: {error}; --debug shows where", 1
