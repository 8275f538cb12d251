"""What a worker loads."""

import os

import jobs
from flask import Flask

from pymacaron import letsgo

app = Flask("jobs")


def start(port=80, debug=False):
    jobs.serve(app, os.path.dirname(os.path.abspath(__file__)))


letsgo(__name__, callback=start)
