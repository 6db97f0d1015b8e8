"""The live roster and its before-images, as the field table states them."""
