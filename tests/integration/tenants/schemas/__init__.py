"""Rows that belong to tenants, through every door."""
