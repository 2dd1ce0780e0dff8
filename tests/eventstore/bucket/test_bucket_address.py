"""Addresses of buckets: what they may say, and what is refused."""

import pytest

from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.bucket.address import read_address

KEYS = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}


def test_an_address_says_where_and_how() -> None:
    found = read_address("s3://team.events/a/b?region=eu-north-1&cache=1.5".replace("1.5", "2gb"), KEYS)
    assert (found.bucket, found.prefix, found.region, found.cache) == (
        "team.events",
        "a/b",
        "eu-north-1",
        2 * 10**9,
    )
    assert (found.timeout, found.connect_timeout, found.retries, found.endpoint) == (60, 5, 4, None)
    assert found.place == "s3://team.events/a/b"


def test_the_endpoint_comes_from_the_address_or_else_from_the_environment() -> None:
    both = {**KEYS, "AWS_ENDPOINT_URL": "http://one:1/", "AWS_REGION": "r"}
    assert read_address("s3://events/a", both).endpoint == "http://one:1"
    assert (
        read_address("s3://events/a", {**both, "AWS_ENDPOINT_URL_S3": "http://two:2"}).endpoint
        == "http://two:2"
    )
    given = read_address("s3://events/a?endpoint=https://three", both)
    assert (given.endpoint, given.region) == ("https://three", "r")
    assert given.place == "s3://events/a at https://three"


def test_credentials_of_the_address_are_decoded_and_not_shown() -> None:
    found = read_address("s3://key:se%2Fcr@events/a", {})
    assert (found.key, found.secret, "se/cr" in found.place, "key" in found.place) == (
        "key",
        "se/cr",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3://events", "needs a prefix"),
        ("s3://events/", "needs a prefix"),
        ("s3://events/a/../b", "needs a prefix"),
        ("s3://events/a b", "needs a prefix"),
        ("s3:///a", "names no bucket"),
        ("s3://Events/a", "names no bucket"),
        ("s3://events/a?colour=red", "unknown option 'colour'"),
        ("s3://events/a?endpoint=ftp://x", "endpoint cannot be used"),
        ("s3://events/a?endpoint=http://u:p@x", "endpoint cannot be used"),
        ("s3://events/a?cache=much", "cache=much"),
        ("s3://events/a?timeout=0", "timeout=0"),
        ("s3://events/a?retries=-1", "retries=-1"),
        ("s3://key@events/a", "half of the credentials"),
    ],
)
def test_other_addresses_are_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_address(text, KEYS)
    assert said in str(refused.value)
    assert ":p@" not in str(refused.value)


def test_without_any_credentials_it_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InvalidInput, match="there are no credentials for the bucket"):
        read_address("s3://events/a", {})
