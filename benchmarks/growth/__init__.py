"""What an answer costs as work grows: rows, tables, models, readers, children."""
