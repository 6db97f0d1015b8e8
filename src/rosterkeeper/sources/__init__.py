"""Where a roster comes from: each source yields raw tables and a proof that it gave all of it."""
