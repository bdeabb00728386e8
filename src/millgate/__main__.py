"""`python -m millgate`."""

from millgate.cli import main

main()
