"""Everything needed from a bare Python: an environment of its own, then the demo or the tests.

    python3 bootstrap.py demo     install usagebill and run `usagebill demo`
    python3 bootstrap.py test     install usagebill with its test tools and run the whole test suite

What follows is handed on: `python3 bootstrap.py test -k tiers`. Only the standard library is used here.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)


def main(arguments: list[str]) -> int:
    """Prepare the environment that the first argument needs and run its command there."""
    if sys.version_info < OLDEST:
        print(f"usagebill needs Python 3.11 or newer, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    if not arguments or arguments[0] not in {"demo", "test"}:
        print(__doc__, file=sys.stderr)
        return 2
    name, rest = arguments[0], arguments[1:]
    if name == "demo":
        python = prepare("demo", ["."])
        return run([str(python), "-m", "usagebill_tui", "demo", *rest])
    python = prepare("test", ["--editable", ".[dev]"])
    return run([str(python), "-m", "pytest", "--numprocesses", "auto", *rest])


def prepare(name: str, requirements: list[str]) -> Path:
    """Create or renew the environment `.venv/NAME` and return its Python."""
    folder = ROOT / ".venv" / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = folder / "installed"
    wanted = fingerprint(requirements)
    if python.exists() and mark.exists() and mark.read_text() == wanted:
        return python
    print(f"preparing {folder.relative_to(ROOT)} (once)", file=sys.stderr)
    # Debian's Python comes without ensurepip, so the pip that is here installs into the environment.
    venv.create(folder, clear=True, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    done = subprocess.run([*pip, "install", "--quiet", *requirements], cwd=ROOT, check=False)  # noqa: S603 - ours
    if done.returncode:
        print("pip could not install what is needed (see above)", file=sys.stderr)
        sys.exit(done.returncode)
    mark.write_text(wanted)
    return python


def fingerprint(requirements: list[str]) -> str:
    """Return what changes whenever the environment must be made anew."""
    digest = hashlib.sha256(repr((sys.version, requirements)).encode())
    digest.update((ROOT / "pyproject.toml").read_bytes())
    if "--editable" not in requirements:
        for path in sorted((ROOT / "usagebill_tui").rglob("*.*")):
            if "__pycache__" not in path.parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def run(command: list[str]) -> int:
    """Run a command from the project's folder and return its exit code."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
