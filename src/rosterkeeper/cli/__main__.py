"""`python -m rosterkeeper.cli` is the program `rosterkeeper`."""

from rosterkeeper.cli.main import main

main()
