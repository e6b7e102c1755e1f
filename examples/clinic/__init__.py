"""Several clinics in one database: none sees another, deleted rows come back, and every change has a name."""
