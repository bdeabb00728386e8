"""What machines counted: their tables, and reading them back."""
