"""The history of the plant's tables."""
