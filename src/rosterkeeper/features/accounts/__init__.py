"""Who may sign in and what they may do: accounts, roles, rights, the first administrator."""
