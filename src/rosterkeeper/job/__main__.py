"""`python -m rosterkeeper.job`: the child process. One job on standard input, JSON lines on standard output."""

import os
import sys

from rosterkeeper.job.child import main
from rosterkeeper.job.words import AHEAD

code = main(ahead=AHEAD in sys.argv)
sys.stderr.flush()
# The result is told and nothing is open: what the libraries would tidy up, the system takes back at once.
os._exit(code)
