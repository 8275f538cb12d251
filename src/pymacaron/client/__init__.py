"""
Calls to other services: the operations of a description as Python methods.

What is sent is made by exchange/asking.py and what comes back is read by exchange/answered.py. What is tried again, and
when, is decided without any I/O in attempts.py, by the record of policy.py; sync.py and aio.py carry it out. httpx2 is
loaded when the first call goes over a socket. This room never imports server/: api/ hands in what both need.
"""

__all__: list[str] = []
