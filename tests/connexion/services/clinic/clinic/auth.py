import base64
import json

from werkzeug.exceptions import Unauthorized


def encode(**claims):
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()


def decode(token):
    try:
        return json.loads(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise Unauthorized("That is no token") from error
