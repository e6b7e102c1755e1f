"""``python -m portico.cli`` is the same as ``portico``."""

from .application import main

main()
