"""Made-up districts and a OneRoster server in front of them: for demos, tests and benchmarks."""
