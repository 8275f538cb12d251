"""Containers that really run: a docker daemon, and an image of a service that is made without a registry."""
