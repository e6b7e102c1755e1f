"""Model calls on the compiled path, beside the same calls on the general one."""
