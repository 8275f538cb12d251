"""The handlers of a small service, which break its contract in those ways that DESK_BREAKS names."""

import itertools
import os

from flask import Response, jsonify, request

BREAKS = os.environ.get("DESK_BREAKS", "").split()
TICKETS = {"t1": "The lamp is broken"}
NUMBERS = itertools.count(2)


def none():
    return Response(status=404)


def open_ticket(ticket):
    id = f"t{next(NUMBERS)}"
    TICKETS[id] = ticket.subject
    headers = {} if "header" in BREAKS else {"Location": f"/tickets/{id}"}
    return {"id": id, "subject": ticket.subject}, 201, headers


def get_ticket(id):
    return {"id": id, "subject": TICKETS[id]} if id in TICKETS else none()


def close_ticket(id):
    if id not in TICKETS:
        return none()
    if "stale" not in BREAKS:
        del TICKETS[id]
    return Response(status=204)


def search(q):
    if "crash" in BREAKS and not q.isascii():
        raise UnicodeError("this search speaks English")
    return [id for id, subject in TICKETS.items() if q in subject]


def get_price():
    return jsonify(cents="1200" if "type" in BREAKS else 1200)


def get_owner():
    return jsonify(since=2011) if "required" in BREAKS else jsonify(name="Ada", since=2011)


def get_state():
    return jsonify(state="archived" if "enum" in BREAKS else "open")


def get_hours():
    return ({}, 203) if "status" in BREAKS else {}


def get_report():
    return Response("<p>none</p>", mimetype="text/html" if "media" in BREAKS else "text/plain")


def get_takings():
    return jsonify(request.headers.get("Authorization")) if "leak" in BREAKS else {}
