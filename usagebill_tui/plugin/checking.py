"""Trying plugins in a process of their own, so that one that hangs or dies takes nothing else along."""

import importlib
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from usagebill_tui.plugin.discovery import Candidate
from usagebill_tui.plugin.health import PluginState
from usagebill_tui.plugin.loading import find_plugins, load_each, load_plugins

START_SECONDS = 60.0
"""How long the process may take before it loads the first plugin."""

_Place = tuple[str, str]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is loaded: the built-ins (named by module), then each plugin for at most so many seconds."""

    builtins: tuple[str, ...]
    entry_points: bool = True
    folders: tuple[Path, ...] = ()
    disabled: frozenset[str] = frozenset()
    seconds: float = 10.0


def try_plugins(trial: Trial) -> list[PluginState]:
    """Return how each plugin fares, in the order in which they are loaded; nothing is imported here."""
    found = find_plugins(entry_points=trial.entry_points, folders=trial.folders)
    known: dict[_Place, str] = {}
    while True:
        states, why = _tried(trial, known)
        if why is None or len(states) >= len(found):
            return states
        culprit = found[len(states)]
        known[_place(culprit)] = why


def _tried(trial: Trial, flaws: Mapping[_Place, str]) -> tuple[list[PluginState], str | None]:
    """Return the states that came, and why no more did where the process had to be stopped, or died."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=report, args=(theirs, trial, dict(flaws)), daemon=True)
    process.start()
    theirs.close()
    states: list[PluginState] = []
    try:
        _receive(ours, trial.seconds, states)
    except TimeoutError:
        return states, f"was not loaded within {trial.seconds:g} seconds and was stopped"
    except EOFError:
        process.join()
        return states, f"ended the whole process (exit code {process.exitcode})"
    finally:
        process.kill()
        process.join()
        ours.close()
    return states, None


def _receive(ours: Connection, seconds: float, states: list[PluginState]) -> None:
    """Add the states that come; raises TimeoutError or EOFError where no more do, too early."""
    patience = START_SECONDS
    while True:
        if not ours.poll(patience):
            raise TimeoutError
        patience = seconds
        message: bytes = ours.recv_bytes()
        if message == _READY:
            continue
        if message == _DONE:
            return
        states.append(msgspec.json.decode(message, type=PluginState))


_READY, _DONE = b"ready", b"done"


def report(theirs: Connection, trial: Trial, flaws: Mapping[_Place, str]) -> None:
    """Load the plugins, telling the other process of each; runs in the process of its own."""
    os.dup2(2, 1)  # what plugins print must not stand among our data
    builtins = [importlib.import_module(name) for name in trial.builtins]
    registry = load_plugins(builtins, entry_points=False).registry
    found = find_plugins(entry_points=trial.entry_points, folders=trial.folders)
    theirs.send_bytes(_READY)
    for state in load_each(registry, flawed(found, flaws), trial.disabled):
        theirs.send_bytes(msgspec.json.encode(state))
    theirs.send_bytes(_DONE)


def flawed(found: Sequence[Candidate], flaws: Mapping[_Place, str]) -> Iterator[Candidate]:
    """Yield plugins, those with a known flaw as not to be imported."""
    for candidate in found:
        yield msgspec.structs.replace(candidate, flaw=flaws.get(_place(candidate), candidate.flaw))


def _place(candidate: Candidate) -> _Place:
    return candidate.origin.name, candidate.origin.place
