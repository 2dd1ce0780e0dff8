"""`usagebill serve`: the interface in a browser on this machine."""

import sys

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import put
from usagebill_tui.errors import WrongCall


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one."
)
@pass_place
def serve(place: Place, port: int) -> None:
    """Serve the interface to a browser on this machine, until Ctrl-C.

    Prints an address that lets one browser in, once; nobody else's page can drive it.
    """
    try:
        from usagebill_tui.web.server import LocalServer, interface_command, listen
    except ModuleNotFoundError as error:
        mend = "install usagebill_tui[web]"
        raise WrongCall(f"serving needs {error.name}, which is not installed", mend=mend) from error

    with listen(port) as listening:
        server = LocalServer(interface_command(_arguments(place)), listening.getsockname()[1])
        server.run(listening, lambda: _say(server.address))


def _say(address: str) -> None:
    put(f"{address}\n")
    sys.stdout.flush()
    narrate("open it in a browser on this machine; Ctrl-C ends")


def _arguments(place: Place) -> list[str]:
    """Return the global options with which this command was called."""
    found = ["--home", str(place.all().path), "--workspace", place.name]
    found += [part for folder in place.plugins_dirs for part in ("--plugins-dir", folder)]
    return [*found, "--no-plugins"] if place.no_plugins else found
