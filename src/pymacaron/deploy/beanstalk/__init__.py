"""
Elastic Beanstalk as the target of a release: `target` is its door. `found` looks, `steps` decides without I/O, by
`foundation`, `creating`, `workers`, `updating`, `swapping` and `cleaning`; `trials` tries what is there. `release` has
the names, `options` the settings of environments, `bundle` what Beanstalk is given.
"""

from __future__ import annotations

__all__: list[str] = []
