"""The demo's invented events: the same ones each time, from a seed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from usagebill_tui.domain.periods import rfc3339

SEED = 20231001
UNTIL = datetime(2023, 12, 5, 9, tzinfo=UTC)
"""No event is later: it is when the demo is looked at."""

_DAY = timedelta(days=1)
_SATURDAY = 5
_ENDPOINTS = ("/v1/search", "/v1/search", "/v1/orders", "/v1/reports")
_ID = "evt_"
_REDELIVERED_ONE_IN = 500


class SampleEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it stands in its line; numbers in `properties` are integers or exact decimals."""

    id: str
    account: str
    metric: str
    timestamp: str
    properties: dict[str, str | int | Decimal]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer uses the service, by day; `account` is the name that its events carry.

    Storage starts at `gigabytes` and changes each day by up to `swing` either way, and a little upwards.
    """

    account: str
    since: date
    requests: int
    users: int
    gigabytes: Decimal
    swing: int
    jobs: int = 0


PROFILES = (
    Profile(
        account="cus_9s6XKzkNRiz8i3",
        since=date(2023, 10, 1),
        requests=52,
        users=9,
        gigabytes=Decimal("71.25"),
        swing=4,
    ),
    Profile(
        account="kestrel", since=date(2023, 10, 1), requests=22, users=6, gigabytes=Decimal(128), swing=9
    ),
    Profile(
        account="sub_kumo_1a2b",
        since=date(2023, 10, 20),
        requests=18,
        users=14,
        gigabytes=Decimal("902.5"),
        swing=30,
        jobs=11,
    ),
    Profile(
        account="parley",
        since=date(2023, 10, 1),
        requests=12,
        users=31,
        gigabytes=Decimal("344.75"),
        swing=12,
        jobs=4,
    ),
    Profile(
        account="tidewater",
        since=date(2023, 10, 13),
        requests=6,
        users=4,
        gigabytes=Decimal("18.5"),
        swing=2,
    ),
)


def sample_events(seed: int = SEED) -> list[SampleEvent]:
    """Return all events, each once, in time order."""
    chance = Random(seed)  # noqa: S311 - samples that must come out the same each time, no secrets
    events = [event for profile in PROFILES for event in _of_customer(profile, chance)]
    return sorted(events, key=lambda event: (event.timestamp, event.id))


def json_lines(events: Sequence[SampleEvent]) -> bytes:
    """Return events as JSON Lines, as a queue delivers them: a few come twice."""
    encoder = msgspec.json.Encoder(decimal_format="number")
    lines = (encoder.encode(event) + b"\n" for event in events)
    return b"".join(line * _deliveries(event) for event, line in zip(events, lines, strict=True))


def _deliveries(event: SampleEvent) -> int:
    return 2 if int(event.id.removeprefix(_ID), 16) % _REDELIVERED_ONE_IN == 0 else 1


def _of_customer(profile: Profile, chance: Random) -> Iterator[SampleEvent]:
    gigabytes = profile.gigabytes
    day = profile.since
    while day <= UNTIL.date():
        weekend = day.weekday() >= _SATURDAY
        yield from _requests(profile, day, profile.requests // (3 if weekend else 1), chance)
        yield from _sign_ins(profile, day, profile.users // (4 if weekend else 1), chance)
        yield from _jobs(profile, day, chance)
        gigabytes += Decimal(chance.randint(-profile.swing * 8, profile.swing * 10)) / 16
        yield from _event(profile, day, "storage_measured", {"gigabytes": gigabytes}, chance)
        day += _DAY


def _requests(profile: Profile, day: date, usual: int, chance: Random) -> Iterator[SampleEvent]:
    for _ in range(chance.randint(usual * 3 // 4, usual * 5 // 4)):
        yield from _event(profile, day, "api_request", {"endpoint": chance.choice(_ENDPOINTS)}, chance)


def _sign_ins(profile: Profile, day: date, most: int, chance: Random) -> Iterator[SampleEvent]:
    for _ in range(chance.randint(most // 3, most)):
        user = f"user-{chance.randint(1, profile.users):02}"
        yield from _event(profile, day, "signed_in", {"user": user}, chance)


def _jobs(profile: Profile, day: date, chance: Random) -> Iterator[SampleEvent]:
    for _ in range(chance.randint(profile.jobs // 2, profile.jobs)):
        hours = Decimal(chance.randint(20, 6_000)).scaleb(-3)
        yield from _event(profile, day, "job_finished", {"hours": hours}, chance)


def _event(
    profile: Profile,
    day: date,
    metric: str,
    properties: dict[str, str | int | Decimal],
    chance: Random,
) -> Iterator[SampleEvent]:
    """Yield an event at a second of that day, unless it would be later than the demo is looked at."""
    second = timedelta(seconds=chance.randrange(86_400))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + second
    identity = f"{_ID}{chance.getrandbits(48):012x}"
    if at < UNTIL:
        yield SampleEvent(
            id=identity, account=profile.account, metric=metric, timestamp=rfc3339(at), properties=properties
        )
