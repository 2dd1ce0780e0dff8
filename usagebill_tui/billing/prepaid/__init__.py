"""Prepaid credits and balances: adding, setting them against invoices, giving back, expiry."""
