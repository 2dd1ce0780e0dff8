import subprocess
import sys

import click
import pytest

from usagebill_tui.cli.main import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_each_listed_command_exists_and_has_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_help_lists_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usagebill_tui", "--help"], capture_output=True, text=True, check=True
    )
    for name, (_, line) in COMMANDS.items():
        assert name in done.stdout
        assert line.split()[0] in done.stdout


def test_the_version_is_the_package_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usagebill_tui", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "usagebill 0.1.0\n"
