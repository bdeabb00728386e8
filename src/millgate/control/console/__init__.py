"""The administration console: every decision as a page, on Django's own administration."""
