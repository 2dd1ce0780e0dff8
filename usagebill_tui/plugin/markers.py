"""The marks that tell hooks from other functions."""

import pluggy

PROJECT = "usagebill_tui"
"""The pluggy project name and entry-point group."""

API_VERSION = 1
"""The version of the plugin interface; a plugin may say `usagebill_api_version = 1`, else it is assumed."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as a hook."""
