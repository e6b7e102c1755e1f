"""What several stacks share: where the database is, mappings, schemas, neighbours."""
