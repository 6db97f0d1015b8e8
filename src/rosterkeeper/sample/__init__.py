"""Made-up districts and a OneRoster server in front of them: for demos, tests and benchmarks."""

from rosterkeeper.sample.faults.plan import Plan, Wanted, read_plan
from rosterkeeper.sample.package import write_sample
from rosterkeeper.sample.server import SampleServer, Service
from rosterkeeper.sample.shape import Extra
from rosterkeeper.sample.truth import Change, Truth

__all__ = [
    "Change",
    "Extra",
    "Plan",
    "SampleServer",
    "Service",
    "Truth",
    "Wanted",
    "read_plan",
    "write_sample",
]
