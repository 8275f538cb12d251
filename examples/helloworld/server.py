import logging
import os

from flask import Flask
from flask_cors import CORS

from pymacaron import API, letsgo

log = logging.getLogger(__name__)


# The variable must be called 'app' and this file 'server.py': gunicorn is told to look for 'server:app'.

app = Flask(__name__)
CORS(app)
# Here you could add custom routes, etc.


def start(port=80, debug=False):
    # The descriptions are under ./apis, but could be anywhere else.
    here = os.path.dirname(os.path.realpath(__file__))
    path_apis = os.path.join(here, "apis")

    # Name, JWT issuer, audience and secret come from pym-config.yaml and the environment variables it refers to.
    api = API(
        app,
        port=port,
        debug=debug,
    )

    # Every description found there is loaded; those named in serve are served.
    api.load_apis(path_apis)
    api.publish_apis()
    api.start(serve="helloworld")


# Entrypoint
letsgo(__name__, callback=start)
