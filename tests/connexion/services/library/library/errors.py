import flask


class FeesError(Exception):
    pass


def on_fees(error):
    return flask.Response(f"fees: {error}", status=402, mimetype="text/plain")
