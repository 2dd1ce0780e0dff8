import tomllib
from pathlib import Path

from tests.docs.keys_table import MARK, PAGE, table
from usagebill_tui.config import read_settings


def test_the_table_of_keys_is_what_the_code_declares() -> None:
    assert PAGE.read_text(encoding="utf-8").split(MARK)[1] == table()


def test_the_example_of_settings_is_read(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "config.toml"
    path.write_text(example, encoding="utf-8")
    settings = read_settings(path)
    assert settings.theme == tomllib.loads(example)["theme"]
    assert dict(settings.keys) == tomllib.loads(example)["keys"]
