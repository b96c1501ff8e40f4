"""`python -m nightwatt`."""

from nightwatt.cli import main

main()
