"""Seeded events: about 190 bytes a line, random ids, 2,000 accounts, 4 metrics, nested properties."""

import random
import uuid
from pathlib import Path

ACCOUNTS = 2_000
METRICS = ("llm_request", "storage", "compute", "api")
_REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")
_SEED = 7
_DAYS = 30


def write_json_lines(path: Path, rows: int, long: int = 0) -> None:
    """Write so many events of January 2024 as JSON Lines; `long` percent have a number of 17 digits."""
    draw = random.Random(_SEED)  # noqa: S311 - sample data
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for _ in range(rows):
            file.write(_line(draw, is_long=draw.randrange(100) < long))


def write_parquet(lines: Path, path: Path) -> None:
    """Write the same events as Parquet, with typed columns."""
    import duckdb

    duckdb.read_json(str(lines)).project(
        "id::VARCHAR AS id, account, metric, timestamp::TIMESTAMP AS timestamp, "
        "properties.units::DECIMAL(18, 2) AS units, properties.region AS region, "
        'properties.usage.output AS "usage.output"'
    ).write_parquet(str(path))


def write_csv(lines: Path, path: Path) -> None:
    """Write the same events as CSV."""
    import json

    with lines.open(encoding="utf-8") as source, path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("id,account,metric,timestamp,units,region,usage.output\n")
        for line in source:
            event = json.loads(line)
            properties = event["properties"]
            cells = [event[key] for key in ("id", "account", "metric", "timestamp")]
            cells += [str(properties["units"]), properties["region"], str(properties["usage"]["output"])]
            file.write(",".join(cells) + "\n")


def write_catalogue(path: Path) -> None:
    """Write a catalogue that bills every account for every metric."""
    tables = ['currency = "USD"\n']
    for code in METRICS:
        tables.append(
            f'[[metric]]\ncode = "{code}"\nname = "{code}"\naggregation = "sum"\nproperty = "units"\n'
        )
        tables.append(
            f'[[product]]\ncode = "{code}"\nname = "{code}"\nmetric = "{code}"\n'
            'price = { model = "tiered", tiers = [ { up_to = 1000, unit_amount = "0.01" }, '
            '{ unit_amount = "0.008" } ] }\n'
        )
    products = ", ".join(f'"{code}"' for code in METRICS)
    tables.append(f'[[plan]]\ncode = "all"\nname = "All"\nproducts = [{products}]\n')
    tables += [
        f'[[customer]]\nid = "acct_{number:05}"\nname = "Account {number}"\n'
        '[[customer.subscription]]\nplan = "all"\nstart = 2024-01-01\n'
        for number in range(ACCOUNTS)
    ]
    path.write_text("\n".join(tables), encoding="utf-8")


def _line(draw: random.Random, *, is_long: bool) -> str:
    second = draw.randrange(_DAYS * 86_400)
    day, rest = divmod(second, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{draw.randrange(1000):03}"
    identity = uuid.UUID(int=draw.getrandbits(128))
    account = f"acct_{draw.randrange(ACCOUNTS):05}"
    units = f"{draw.randrange(1, 1000)}.{draw.randrange(1, 100):02}"
    if is_long:
        units = f"{draw.randrange(1, 1000)}.{draw.randrange(10**14, 10**15)}"
    return (
        f'{{"id":"{identity}","account":"{account}","metric":"{draw.choice(METRICS)}",'
        f'"timestamp":"2024-01-{day + 1:02}T{clock}Z","properties":{{"units":{units},'
        f'"region":"{draw.choice(_REGIONS)}","usage":{{"output":{draw.randrange(5000)}}}}}}}\n'
    )
