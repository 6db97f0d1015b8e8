"""The teacher's console on the server: keys and launches, the New Class page, started classes."""
