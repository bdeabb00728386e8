"""The declarations, one file each."""
