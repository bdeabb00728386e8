"""What an installation can be told to do wrong, and the time that it keeps: fault rules and the clock."""
