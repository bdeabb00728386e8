"""What people publish and machines obey. Pure and frozen: no input, no output, no clock."""
