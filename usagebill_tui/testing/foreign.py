"""The starts of files of many kinds, which a reader of another kind must not take for its own."""

FOREIGN: dict[str, bytes] = {
    "csv": b"id,account,metric,timestamp,value\ne1,acme,requests,2023-11-02T10:00:00Z,5\n",
    "semicolons": b"id;account;metric;timestamp;value\ne1;acme;requests;2023-11-02T10:00:00Z;5,5\n",
    "tsv": b"id\taccount\tmetric\ttimestamp\ne1\tacme\trequests\t2023-11-02T10:00:00Z\n",
    "jsonl": b'{"id":"e1","account":"acme","metric":"requests","timestamp":1698919200,"value":5}\n',
    "json": b'[\n  {"id": "e1", "account": "acme", "metric": "requests", "timestamp": 1698919200}\n]\n',
    "parquet": b"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02\x15\x00\x12\x00\x00PAR1",
    "xml": b'<?xml version="1.0"?>\n<events><event id="e1"/></events>\n',
    "toml": b'[[metric]]\ncode = "requests"\naggregation = "count"\n',
    "text": b"Dear customer,\n\nplease find the usage of November attached.\n",
    "syslog": b"Nov  2 10:00:00 host kernel: something happened\n",
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
    "blank": b"\n \n",
    "nothing": b"",
}
"""Each by what it is; one of these names keeps a reader of that name from being held against it."""
