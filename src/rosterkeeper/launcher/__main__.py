"""`python -m rosterkeeper.launcher`: the console where nothing but Python is installed."""

import sys

from rosterkeeper.launcher.main import main

sys.exit(main(sys.argv[1:]))
