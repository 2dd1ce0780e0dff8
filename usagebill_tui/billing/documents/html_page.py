"""An invoice as one HTML page that needs nothing else: no script, no network."""

import base64
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from usagebill_tui.billing.documents.content import Content, Row
from usagebill_tui.billing.documents.logo import Logo

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html_document(content: Content, logo: Logo | None = None) -> bytes:
    """Return an invoice as a page that also prints well."""
    style = files(__package__).joinpath("invoice.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(content.title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{_head(content, logo)}
{_parties(content)}
{_due(content)}
{_table(content)}
{_totals(content)}
{_terms(content)}
</main>
</body>
</html>
""".encode()


def _head(content: Content, logo: Logo | None) -> str:
    name, *details = content.seller or ("",)
    marker = f'\n<p class="marker {content.marker.lower()}">{content.marker}</p>' if content.marker else ""
    return f"""<header>
<div class="seller">{_picture(logo)}<p class="name"><bdi>{escape(name)}</bdi></p>{_lines(details)}</div>
<div class="title"><h1>{escape(content.title)}</h1>{marker}</div>
</header>"""


def _picture(logo: Logo | None) -> str:
    if logo is None:
        return ""
    data = base64.b64encode(logo.content).decode()
    return f'<img alt="" src="data:{logo.media_type};base64,{data}">'


def _parties(content: Content) -> str:
    name, *details = content.customer
    facts = "\n".join(
        f"<div><dt>{escape(fact)}</dt><dd><bdi>{escape(value)}</bdi></dd></div>"
        for fact, value in content.facts
    )
    return f"""<section class="parties">
<div><h2>{escape(content.to)}</h2><p class="name"><bdi>{escape(name)}</bdi></p>{_lines(details)}</div>
<dl>
{facts}
</dl>
</section>"""


def _due(content: Content) -> str:
    due = f'<p class="due">{escape(content.due)}</p>' if content.due else ""
    remark = f'<p class="remark"><bdi>{escape(content.remark)}</bdi></p>' if content.remark else ""
    return due + remark


def _table(content: Content) -> str:
    rows = "\n".join(_row(row) for row in content.rows)
    named = ("Description", content.quantity, "Amount")
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in named)
    return f"""<table class="lines">
<thead>
<tr>{titles}</tr>
</thead>
<tbody>
{rows}
</tbody>
</table>"""


def _row(row: Row) -> str:
    notes = "".join(f"<li><bdi>{escape(note)}</bdi></li>" for note in row.notes)
    small = f"<ul>{notes}</ul>" if notes else ""
    return (
        f"<tr><td><bdi>{escape(row.description)}</bdi>{small}</td>"
        f"<td>{escape(row.units)}</td><td>{escape(row.amount)}</td></tr>"
    )


def _totals(content: Content) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(amount)}</td></tr>'
        for name, amount in content.totals
    )
    return f"""<table class="totals">
<tbody>
{rows}
</tbody>
</table>"""


def _terms(content: Content) -> str:
    return f"<footer>{_lines(content.terms)}</footer>" if content.terms else ""


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"<p><bdi>{escape(line)}</bdi></p>" for line in lines)
