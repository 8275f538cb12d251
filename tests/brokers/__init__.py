"""Brokers that really run, and the workers that take tasks from them, each in a process of its own."""
