"""`python -m rosterkeeper.job`: the child process. One job on standard input, JSON lines on standard output."""

import sys

from rosterkeeper.job.child import main

sys.exit(main())
