"""A service with a bit of everything: what black-box tools and generated clients of others are let loose on."""

import os

from features.articles import Article
from flask import Flask

from pymacaron import API, letsgo

app = Flask(__name__)
FORMATS = {"article": (Article.fits, Article.read, str)}


def start(port=80, debug=False):
    api = API(app, port=port, debug=debug, formats=FORMATS)
    api.load_apis(os.path.join(os.path.dirname(os.path.abspath(__file__)), "apis"))
    api.publish_apis()
    api.start(serve=["shop", "pets", "legacy", "feeds"], webhooks={"orderPaid": "/hooks/order-paid"})


letsgo(__name__, callback=start)
