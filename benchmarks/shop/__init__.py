"""The tables and rows that HTTP stacks answer from: products and their reviews, the same for every stack."""
