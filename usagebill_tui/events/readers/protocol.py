"""What a reader of event files is; plugins import it from `usagebill_tui.plugin`."""

from usagebill_tui.domain.reading import EventReader, Record

__all__ = ["EventReader", "Record"]
