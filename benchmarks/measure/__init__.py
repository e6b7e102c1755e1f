"""How anything is measured here: clocks of processes, ratios, throw-away databases, a proxy, results."""
