"""Build the wheel, install it into an environment of its own, and run the demo from an empty folder."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def call(*command: str, cwd: Path) -> str:
    """Run a command that must succeed, and return what it wrote."""
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Build, install, run."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        call(sys.executable, "-m", "build", "--wheel", "--outdir", place, str(ROOT), cwd=folder)
        (wheel,) = folder.glob("*.whl")
        venv.create(folder / "env", with_pip=False)
        python = str(folder / "env" / "bin" / "python")
        call(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", str(wheel), cwd=folder)
        command = str(folder / "env" / "bin" / "usagebill")
        version = call(command, "--version", cwd=folder)
        shown = call(command, "--home", str(folder / "home"), "demo", "--format", "table", cwd=folder)
        if "Amount due" not in shown:
            sys.exit(f"the demo printed no invoice:\n{shown}")
        call(command, "catalog", "recipes", "api-calls", "--out", str(folder / "recipe"), cwd=folder)
        page = "usagebill_tui/web/files/page.html"
        if page not in zipfile.ZipFile(wheel).namelist():
            sys.exit(f"the wheel lacks {page}")
        print(f"{wheel.name}: installs, says {version.strip()!r}, and bills its demo")


if __name__ == "__main__":
    main()
