"""`archive` and `unarchive` of each list, and `--archived` that shows what is hidden."""

import json

from tests.cli.conftest import Command


def test_an_archived_metric_is_hidden_until_it_is_asked_for(filled: Command) -> None:
    refused = filled("metrics", "archive", "storage")
    assert (refused.code, refused.out) == (5, "")
    assert "product 'storage' prices it" in refused.err
    filled("subscriptions", "cancel", "acme-basic", "--at", "2023-12-01")
    for noun, key in (("subscriptions", "acme-basic"), ("plans", "basic"), ("products", "storage")):
        assert filled(noun, "archive", key).code == 0
    done = filled("metrics", "archive", "storage", "--format", "json")
    assert (done.code, done.err) == (0, "production: archived 1 of 1\n")
    assert json.loads(done.out) == [{"action": "archive", "noun": "metric", "key": "storage", "fields": {}}]
    assert [row["code"] for row in json.loads(filled("metrics").out)] == ["requests"]
    assert filled("plans").out == "[]\n"
    assert filled("subscriptions").out == "[]\n"
    everything = json.loads(filled("metrics", "--archived").out)
    assert {row["code"]: row["archived"] for row in everything} == {"requests": False, "storage": True}
    assert json.loads(filled("plans", "--archived").out)[0]["archived"] is True
    assert filled("customers", "archive", "acme").code == 0
    assert json.loads(filled("customers", "list", "--archived").out)[0]["archived"] is True
    assert filled("customers").out == "[]\n"
    back = filled("customers", "unarchive", "acme", "--dry-run")
    assert back.err == "production: would be unarchived 1 of 1\n"
    assert filled("customers", "unarchive", "acme").code == 0
    assert [row["id"] for row in json.loads(filled("customers").out)] == ["acme"]


def test_unknown_codes_are_one_line(filled: Command) -> None:
    unknown = filled("products", "archive", "storrage")
    assert (unknown.code, unknown.err.count("\n")) == (4, 1)
    assert "storage" in unknown.err
