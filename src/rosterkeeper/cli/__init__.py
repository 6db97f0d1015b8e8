"""The command line: one sub-command a use case. Commands import what they need when they run, so that help is quick."""
