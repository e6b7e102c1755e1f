"""One module for each way to speak to the database."""
