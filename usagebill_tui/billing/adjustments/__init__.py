"""What became of final invoices since: computed again, proposed, settled by credit notes or later lines."""
