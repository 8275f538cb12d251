"""One app for each peer of the benchmark, with the same semantics. Each is imported in its peer's own environment."""
