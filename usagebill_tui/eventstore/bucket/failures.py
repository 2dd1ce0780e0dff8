"""Failures of object storage as one clear line. What it says itself may name keys, and is never shown."""

import re

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.files import SegmentGone

_CODE = re.compile(r"<Code>([A-Za-z0-9]+)</Code>")
_STATUS = re.compile(r"status code: (\d{3}(?: [A-Z][A-Za-z]*)*)")
_SECONDS = re.compile(r"TimedOut|timed out|Timeout,")
_WHO = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "TokenRefreshRequired",
        "AuthorizationHeaderMalformed",
    }
)
_MEND_WHO = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
_MEND_REACH = "check the network and the endpoint, then try again"


def told(error: Exception, place: str, name: str) -> StorageFailed:
    """Return the failure of a request about an object (or about all, where it has no name)."""
    said = str(error)
    code, status = _found(_CODE, said), _found(_STATUS, said)
    where = f"{place}: {name}" if name else place
    if code == "NoSuchBucket":
        return StorageFailed("there is no such bucket", where=place, mend="mend the address, or create it")
    if isinstance(error, FileNotFoundError):
        return SegmentGone("is not in the bucket", where=where, mend="run `usagebill verify`")
    if status:
        return _answered(code, status, where)
    if "credential" in said.lower():
        return StorageFailed("no credentials for the bucket could be had", where=place, mend=_MEND_WHO)
    what = "does not answer in time" if _SECONDS.search(said) else "cannot be reached"
    return StorageFailed(f"the bucket {what}", where=where, mend=_MEND_REACH)


def _answered(code: str, status: str, where: str) -> StorageFailed:
    if code in _WHO or status.startswith("401"):
        return StorageFailed("the bucket does not accept the credentials", where=where, mend=_MEND_WHO)
    if status.startswith("403"):
        mend = f"let them list the prefix, and get, put and delete objects in it, or {_MEND_WHO}"
        return StorageFailed("the credentials may not do this", where=where, mend=mend)
    answer = f"the bucket answers {status}{f' ({code})' if code else ''}"
    return StorageFailed(answer, where=where, mend="try again later")


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return "" if found is None else found[1]
