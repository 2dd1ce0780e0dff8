"""The ledger of double entries: its health, its balances, and its export for accounting programs."""
