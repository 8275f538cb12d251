"""Servers that clients of ours call, with the faults that tests want of them."""
