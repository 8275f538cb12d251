"""The same service on both dispatchers: what is set up, what is called, and what is compared."""
