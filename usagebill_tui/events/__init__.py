"""Event files become checked, normalised events. This package knows no store."""
