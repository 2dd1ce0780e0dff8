"""Invoices and reports as files that leave the house: JSON, CSV, HTML, PDF and spreadsheets."""
