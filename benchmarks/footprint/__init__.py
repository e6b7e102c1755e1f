"""What a worker costs besides requests: its start, its memory, its garbage collector, its connections."""
