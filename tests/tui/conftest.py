import os
import shutil
from pathlib import Path

import pytest

from usagebill_tui.demo.making import make_demo
from usagebill_tui.homes import Home

os.environ["TEXTUAL_ANIMATIONS"] = "none"
"""Read by Textual when it is first imported, which this file must not do."""


@pytest.fixture(scope="session")
def demo_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with the demo's workspace, made once: to be looked at, never written to."""
    home = tmp_path_factory.mktemp("tui-demo")
    make_demo(Home(home))
    return home


@pytest.fixture
def demo_home(demo_made: Path, tmp_path: Path) -> Path:
    """A copy of the demo's home that a test may change."""
    home = tmp_path / "home"
    shutil.copytree(demo_made, home)
    return home
