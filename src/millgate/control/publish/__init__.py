"""From rows to a stored version that machines obey, and back."""
