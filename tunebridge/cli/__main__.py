"""`python -m tunebridge.cli`."""

from tunebridge.cli.main import main

main()
