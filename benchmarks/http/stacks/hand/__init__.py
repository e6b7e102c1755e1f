"""What is written by hand: SQL, rows and endpoints of the base and of the floor."""
