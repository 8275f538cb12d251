import os

from flask import Flask
from kiosk import never

from pymacaron import API, letsgo

app = Flask(__name__)
app.add_url_rule("/v1/elsewhere", view_func=never, methods=["DELETE"], endpoint="elsewhere")
AUTHENTICATORS = {
    "key": lambda key, scopes: {} if key == "key-of-kiosk" else None,
    "cookie": lambda key, scopes: {} if key == "cookie-of-kiosk" else None,
    "basic": lambda who, scopes: {} if tuple(who) == ("ada", "lovelace") else None,
}


def start(port=80, debug=False):
    api = API(app, port=port, debug=debug, authenticators=AUTHENTICATORS)
    api.load_apis(os.path.join(os.path.dirname(os.path.realpath(__file__)), "apis"))
    api.start(serve=["kiosk", "legacy"])


letsgo(__name__, callback=start)
