"""Releases of a shop onto an AWS of ours: what tests of deploy/ and `make soak` share. `direct` is one without HTTP."""
