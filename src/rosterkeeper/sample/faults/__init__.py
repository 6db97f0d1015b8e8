"""What real providers do that no standard allows: faults that a plan adds to the sample server."""
