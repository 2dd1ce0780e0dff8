"""What contracts in full need: credits, taxes, archived things, and prices that differ by property."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables and columns that the first schema lacks."""
