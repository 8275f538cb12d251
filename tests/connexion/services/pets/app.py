import connexion


def create_app():
    app = connexion.FlaskApp(__name__, specification_dir="openapi/")
    app.add_api("pets.yaml", strict_validation=True, validate_responses=True)
    return app


if __name__ == "__main__":
    create_app().run(port=8080)
