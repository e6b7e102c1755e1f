"""FastAPI and Tortoise."""
