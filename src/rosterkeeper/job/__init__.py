"""The child process that does the heavy part of a run, and the words it is spoken to with."""
