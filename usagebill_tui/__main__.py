"""`python -m usagebill_tui` does what `usagebill` does."""

from usagebill_tui.cli.main import run

if __name__ == "__main__":
    run()
