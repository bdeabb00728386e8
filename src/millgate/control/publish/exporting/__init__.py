"""What people decide, as a folder of readable files: written, compared, and put back into rows."""
