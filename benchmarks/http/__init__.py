"""The same small API written for eleven stacks, compared over HTTP."""
