"""Generated requests, answered by Portico and by an evaluator that is slow and obvious."""
