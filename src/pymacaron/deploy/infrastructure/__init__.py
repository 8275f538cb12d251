"""
What stands on AWS before a release and after it: a template of CloudFormation, the policies in it, and what an account
lacks of it. `template` is the door to write it, `comparison` to compare.
"""

from __future__ import annotations

__all__: list[str] = []
