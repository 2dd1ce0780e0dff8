"""Plugins that are one file: run as a module from bytes that were read once."""

import hashlib
import importlib.util
import sys
from importlib.abc import SourceLoader
from pathlib import Path
from types import ModuleType


class _Loader(SourceLoader):
    """Compiles bytes at hand; without times of files, Python keeps no `__pycache__` beside them."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._content = content

    def get_filename(self, fullname: str) -> str:
        del fullname
        return str(self._path)

    def get_data(self, path: bytes | str) -> bytes:
        if str(path) != str(self._path):
            raise OSError(f"only {self._path} is at hand")
        return self._content


def loaded_file(path: Path, content: bytes) -> ModuleType:
    """Run a file's content as a module of a name that no package has; whatever it raises comes through."""
    name = f"usagebill_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    loader = _Loader(path, content)
    found = importlib.util.spec_from_file_location(name, path, loader=loader)
    if found is None:
        raise ImportError(f"{path} cannot be imported", name=name, path=str(path))
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # msgspec and dataclasses look their module up there
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
