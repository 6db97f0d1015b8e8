"""A school's own directory as a CSV: which column says what, what it would change of the accounts, and doing so."""
