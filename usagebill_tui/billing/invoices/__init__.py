"""From what is due to an invoice, and through its life."""
