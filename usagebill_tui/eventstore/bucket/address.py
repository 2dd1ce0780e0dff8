"""Where a bucket is: `s3://bucket/prefix?endpoint=https://…&region=…&cache=20GB`."""

import os
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from usagebill_tui.errors import InvalidInput

_MEND = "write s3://bucket/prefix"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*")
_SIZE = re.compile(r"(\d{1,9})([KMGT]?)B?")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_OPTIONS = ("endpoint", "region", "cache", "timeout", "connect_timeout", "retries", "ca_cert")
_SOURCES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
)
"""The variables of which one must be set where an address names no key: else nothing says who asks."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A prefix of a bucket. Timeouts are in seconds, `cache` in bytes; it may hold a secret."""

    bucket: str
    prefix: str
    endpoint: str | None = None
    region: str | None = None
    key: str | None = None
    secret: str | None = None
    ca_cert: str | None = None
    cache: int = 20 * 10**9
    timeout: int = 60
    connect_timeout: int = 5
    retries: int = 4

    @property
    def place(self) -> str:
        """Return where the objects lie, for messages: no key, no secret."""
        at = "" if self.endpoint is None else f" at {self.endpoint}"
        return f"s3://{self.bucket}/{self.prefix}{at}"


def read_address(text: str, environment: Mapping[str, str] = os.environ) -> Address:
    """Read an address; raises InvalidInput, showing nothing that might be a secret, for any other text.

    Endpoint and region come from AWS's variables where the address names none.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise InvalidInput("the bucket's address cannot be read", mend=_MEND) from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in _OPTIONS:
            what = f"the bucket's address has an unknown option {name!r}"
            raise InvalidInput(what, mend=f"use {', '.join(_OPTIONS)}")
    bucket, prefix = parts.netloc.rpartition("@")[2], parts.path.strip("/")
    if _BUCKET.fullmatch(bucket) is None:
        raise InvalidInput("the event store's address names no bucket", mend=_MEND)
    if _PREFIX.fullmatch(prefix) is None or ".." in prefix:
        what = "a bucket needs a prefix of letters, digits, - _ . and / for the events"
        raise InvalidInput(what, where=f"s3://{bucket}", mend=_MEND)
    named = "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"
    found = Address(
        bucket=bucket,
        prefix=prefix,
        endpoint=_endpoint(options.get("endpoint") or _first(environment, named)),
        region=options.get("region") or _first(environment, ("AWS_REGION", "AWS_DEFAULT_REGION")),
        key=unquote(parts.username) if parts.username else None,
        secret=unquote(parts.password) if parts.password else None,
        ca_cert=options.get("ca_cert"),
        cache=_size(options.get("cache", "20GB")),
        timeout=_number(options, "timeout", Address.__struct_defaults__[-3]),
        connect_timeout=_number(options, "connect_timeout", Address.__struct_defaults__[-2]),
        retries=_number(options, "retries", Address.__struct_defaults__[-1], least=0),
    )
    _check_credentials(found, environment)
    return found


def _check_credentials(found: Address, environment: Mapping[str, str]) -> None:
    if (found.key is None) != (found.secret is None):
        mend = "write s3://${KEY}:${SECRET}@bucket/prefix, or set AWS_ACCESS_KEY_ID instead"
        raise InvalidInput("the bucket's address has half of the credentials", where=found.place, mend=mend)
    if found.key is None and _first(environment, _SOURCES) is None:
        mend = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise InvalidInput("there are no credentials for the bucket", where=found.place, mend=mend)


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise InvalidInput("the bucket's endpoint cannot be used", mend="write endpoint=https://host:port")
    return text.rstrip("/")


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text.upper())
    if found is None:
        raise InvalidInput(f"cache={text} in the bucket's address", mend="write cache=20GB")
    return int(found[1]) * _UNITS[found[2]]


def _number(options: Mapping[str, str], name: str, usual: int, *, least: int = 1) -> int:
    text = options.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) >= least):  # noqa: PLR2004 - a day
        raise InvalidInput(f"{name}={text} in the bucket's address", mend=f"write {name}={usual}")
    return int(text)
