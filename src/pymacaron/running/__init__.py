"""
A service that runs under a parent: the parent holds the port, sees files change, and has one version follow the other.

listener.py has the port, watching.py the files, versions.py a process for each version, supervisor.py all of it. Of the
service's code nothing is loaded here: a version does that, by api/development.py.
"""

__all__: list[str] = []
