"""What is copied: rows as CSV."""

import csv
import io
from collections.abc import Sequence


def csv_of(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their titles as CSV."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return output.getvalue()
