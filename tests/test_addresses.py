"""Addresses of servers: variables stand for secrets, and nothing secret is stored or shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from usagebill_tui.addresses import check_no_secret, filled, is_address, shown
from usagebill_tui.errors import InvalidInput, Refused

SCHEME = "postgresql+psycopg://"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{SCHEME}ada@host/usage", True),
        ("clickhouse://host", True),
        ("${DATABASE_URL}", True),
        ("catalogue.db", False),
        ("events", False),
        ("${X}/events", False),
    ],
)
def test_an_address_is_told_from_a_file(text: str, *, told: bool) -> None:
    assert is_address(text) is told


@pytest.mark.parametrize(
    "address",
    [
        f"{SCHEME}ada:secret@host/usage",
        f"{SCHEME}ada:se/cr@et@host/usage",
        f"{SCHEME}ada:${{USER}}secret@host/usage",
        f"{SCHEME}ada@host/usage?password=secret",
        f"{SCHEME}ada@host/usage?sslmode=require&sslpassword=secret",
        "clickhouse://host/usage?access_token=secret",
    ],
)
def test_a_password_that_is_spelt_out_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(Refused, match="the database's address holds a password") as caught:
        check_no_secret(address, "database")
    assert "secret" not in str(caught.value)
    assert "${PGPASSWORD}" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        f"{SCHEME}ada@host/usage",
        f"{SCHEME}ada:${{PGPASSWORD}}@host:5432/usage?sslmode=require",
        f"{SCHEME}ada@host/usage?password=${{PGPASSWORD}}",
        f"{SCHEME}[::1]/usage",
        "${DATABASE_URL}",
    ],
)
def test_one_without_a_password_is_kept_and_shown_as_it_is(address: str) -> None:
    check_no_secret(address, "database")
    assert shown(address) == address


@given(user=st.text(min_size=1), password=st.text(min_size=1))
def test_whatever_a_variable_holds_arrives(user: str, password: str) -> None:
    address = f"{SCHEME}${{U}}:${{P}}@${{H}}:5433/usage?options=${{P}}"
    url = make_url(filled(address, "database", {"U": user, "P": password, "H": "db.example.com"}))
    assert (url.username, url.password, url.host, url.port) == (user, password, "db.example.com", 5433)
    assert (url.database, url.query["options"]) == ("usage", password)


def test_a_variable_may_hold_the_whole_address() -> None:
    whole = f"{SCHEME}ada:secret@host/usage"
    assert filled("${DATABASE_URL}", "database", {"DATABASE_URL": whole}) == whole


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        filled(f"{SCHEME}ada:${{PGPASSWORD}}@host/usage", "database", {})
    assert str(caught.value) == (
        f"database {SCHEME}ada:${{PGPASSWORD}}@host/usage: the environment variable PGPASSWORD is not set; "
        "set it, as in: export PGPASSWORD=…"
    )
