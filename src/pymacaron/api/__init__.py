"""
A service put together: descriptions loaded, handlers bound, everything mounted on the user's Flask app.

The only place that knows all rooms. `API`, in service.py, mounts what served.py and webhooks.py assemble; `letsgo`, in
launch.py, starts what `python server.py` starts.
"""

from pymacaron.api.launch import letsgo
from pymacaron.api.service import API

__all__ = ["API", "letsgo"]
