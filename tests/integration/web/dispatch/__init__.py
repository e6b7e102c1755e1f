"""Requests to generated routes, answered with and without FastAPI's router."""
