"""One module for each stack; each has an ASGI application called ``app``."""
