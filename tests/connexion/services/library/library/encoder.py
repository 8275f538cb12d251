from connexion.apps.flask_app import FlaskJSONEncoder

from library.models import Book


class JSONEncoder(FlaskJSONEncoder):
    def default(self, o):
        if isinstance(o, Book):
            return {name: value for name, value in vars(o).items() if value is not None}
        return FlaskJSONEncoder.default(self, o)
