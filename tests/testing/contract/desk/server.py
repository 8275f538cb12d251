import os

from desk import BREAKS
from flask import Flask, jsonify, request

from pymacaron import API, letsgo

app = Flask(__name__)


@app.before_request
def before():
    if "auth" in BREAKS and (request.method, request.path) == ("GET", "/takings"):
        return jsonify({})
    return None


@app.after_request
def after(response):
    if "allow" in BREAKS and response.status_code == 405 and request.path == "/price":
        response.headers["Allow"] = "GET, PATCH"
    return response


def start(port=80, debug=False):
    api = API(app, port=port, debug=debug)
    api.load_apis(os.path.join(os.path.dirname(os.path.realpath(__file__)), "apis"))
    api.start(serve="desk")


letsgo(__name__, callback=start)
