"""Everything that speaks SQL, and nothing that speaks HTTP."""
