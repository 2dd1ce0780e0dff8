import pytest

from usagebill_tui.errors import InvalidInput, NotFound, Refused, StorageFailed, UsagebillError, WrongCall


def test_an_error_says_what_where_and_how_to_mend_it() -> None:
    error = InvalidInput(
        "unknown key 'unt'", where="catalog.toml, metric tokens", mend="did you mean 'unit'?"
    )
    assert str(error) == "catalog.toml, metric tokens: unknown key 'unt'; did you mean 'unit'?"
    assert (error.what, error.where, error.mend) == (
        "unknown key 'unt'",
        "catalog.toml, metric tokens",
        "did you mean 'unit'?",
    )


def test_what_alone_is_enough() -> None:
    assert str(UsagebillError("the disk is full")) == "the disk is full"
    assert (
        str(UsagebillError("the disk is full", mend="free some space")) == "the disk is full; free some space"
    )
    assert str(UsagebillError("the disk is full", where="events/")) == "events/: the disk is full"


@pytest.mark.parametrize(
    "text", ["two\nlines", "two\r\nlines", "two\tlines", "two\u2028lines", "two\x85lines"]
)
def test_an_error_is_one_line_whatever_is_in_it(text: str) -> None:
    assert str(UsagebillError(text, where=text, mend=text)) == "two lines: two lines; two lines"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UsagebillError, 1), (WrongCall, 2), (InvalidInput, 1), (StorageFailed, 1), (NotFound, 4), (Refused, 5)],
)
def test_each_kind_has_its_exit_code(kind: type[UsagebillError], code: int) -> None:
    assert kind.exit_code == code
    assert issubclass(kind, UsagebillError)
