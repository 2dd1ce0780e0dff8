"""The use cases: what is done with a catalogue, events and invoices. The faces call nothing below this."""
