import logging
import os

import connexion
from connexion.resolver import RestyResolver
from flask import jsonify


def health():
    return jsonify(status="up")


def create_app(title="Clinic"):
    logging.getLogger(__name__).debug("creating")
    app = connexion.FlaskApp(
        __name__, specification_dir=os.path.join(os.path.dirname(__file__), "specs"), options={"swagger_ui": False}
    )
    app.add_api(
        "clinic.yaml",
        arguments={"title": title},
        resolver=RestyResolver("clinic.api"),
        resolver_error=501,
        validate_responses=True,
    )
    app.add_url_rule("/health", "health", health)
    return app.app
