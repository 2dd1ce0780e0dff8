"""The laws of all that a plugin adds, tried in a process apart, so that one that hangs can be stopped."""

import importlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection

import msgspec

from usagebill_tui.plugin.checking import START_SECONDS, Trial
from usagebill_tui.plugin.discovery import same_name
from usagebill_tui.plugin.health import PluginState
from usagebill_tui.plugin.loading import find_plugins, load_each, load_plugins
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.testing.law import Law, LawBroken, Laws


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a thing fares before a law: `broken` is what goes wrong, None where it holds to it."""

    object: str
    law: str
    says: str = ""
    broken: str | None = None
    example: str = ""


class _Begun(msgspec.Struct, frozen=True):
    """What the process apart says first: all laws that it is going to try, as if they held."""

    laws: list[Verdict]


def judge(state: PluginState, trial: Trial) -> list[Verdict]:
    """Return how all that a loaded plugin adds fares before the laws, each of which has `trial.seconds`."""
    verdicts: list[Verdict] = []
    while True:
        laws, tried, why = _judged(state, trial, len(verdicts))
        verdicts += tried
        if why is None:
            return verdicts
        if not laws:
            return [*verdicts, Verdict(object=f"plugin {state.name}", law="loading", broken=why)]
        verdicts.append(msgspec.structs.replace(laws[len(verdicts)], broken=why))
        if len(verdicts) == len(laws):
            return verdicts


def _judged(
    state: PluginState, trial: Trial, skipped: int
) -> tuple[Sequence[Verdict], list[Verdict], str | None]:
    """Return all laws, verdicts on those after the first `skipped`, and why no more came."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=report, args=(theirs, state, trial, skipped), daemon=True)
    process.start()
    theirs.close()
    laws: list[Verdict] = []
    tried: list[Verdict] = []
    try:
        laws += msgspec.json.decode(_received(ours, START_SECONDS), type=_Begun).laws
        while len(tried) < len(laws) - skipped:
            tried.append(msgspec.json.decode(_received(ours, trial.seconds), type=Verdict))
    except TimeoutError:
        return laws, tried, f"was not done within {trial.seconds:g} seconds and was stopped"
    except EOFError:
        process.join()
        return laws, tried, f"ended the whole process (exit code {process.exitcode})"
    finally:
        process.kill()
        process.join()
        ours.close()
    return laws, tried, None


def _received(ours: Connection, seconds: float) -> bytes:
    if not ours.poll(seconds):
        raise TimeoutError
    return ours.recv_bytes()


def report(theirs: Connection, state: PluginState, trial: Trial, skipped: int) -> None:
    """Load one plugin and try its laws, telling the other process of each; runs in the process apart."""
    os.dup2(2, 1)  # what plugins print must not stand among our data
    registry = load_plugins(
        [importlib.import_module(name) for name in trial.builtins], entry_points=False
    ).registry
    found = find_plugins(entry_points=trial.entry_points, folders=trial.folders)
    wanted = [each for each in found if (each.origin.name, each.origin.place) == (state.name, state.place)]
    for _ in load_each(registry, wanted):
        pass
    laws = [law for laws in laws_of(registry, state.name) for law in laws]
    begun = [Verdict(object=law.subject, law=law.name, says=law.says) for law in laws]
    theirs.send_bytes(msgspec.json.encode(_Begun(begun)))
    for law in laws[skipped:]:
        theirs.send_bytes(msgspec.json.encode(verdict(law)))


def verdict(law: Law) -> Verdict:
    """Try a law and return how it went."""
    broken: LawBroken | None = None
    try:
        law()
    except LawBroken as error:
        broken = error
    return Verdict(
        object=law.subject,
        law=law.name,
        says=law.says,
        broken=None if broken is None else broken.what,
        example="" if broken is None else broken.example,
    )


def laws_of(registry: Registry, plugin: str) -> Iterator[Laws]:
    """Yield the laws of each thing in a registry that comes from a plugin."""
    from usagebill_tui.testing.aggregations import aggregation_laws
    from usagebill_tui.testing.prices import pricing_laws
    from usagebill_tui.testing.readers import reader_laws

    for aggregation in registry.aggregations.values():
        if aggregation.origin is not None and same_name(aggregation.origin.name, plugin):
            yield aggregation_laws(aggregation)
    for model in registry.pricing_models.values():
        if model.origin is not None and same_name(model.origin.name, plugin):
            yield pricing_laws(model)
    for reader in registry.event_readers.values():
        if reader.origin is not None and same_name(reader.origin.name, plugin):
            yield reader_laws(reader)
