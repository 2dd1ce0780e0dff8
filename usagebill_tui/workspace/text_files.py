"""Reading the text files that people write."""

from pathlib import Path

from usagebill_tui.errors import InvalidInput, NotFound


def read_text(file: str | Path) -> str:
    """Return the text of a UTF-8 file; raises NotFound or InvalidInput."""
    path = Path(file)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound("there is no such file", where=str(file), mend="check the path") from None
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=str(file), mend="save it as UTF-8") from error
    except OSError as error:
        raise InvalidInput(
            f"cannot be read: {error.strerror}", where=str(file), mend="check the path"
        ) from error
