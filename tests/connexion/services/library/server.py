#!/usr/bin/env python3
import connexion
from library import encoder, errors

app = connexion.App(__name__, specification_dir="./swagger/")
app.app.json_encoder = encoder.JSONEncoder
app.add_error_handler(errors.FeesError, errors.on_fees)
app.add_api("library.yaml", base_path="/library/v2", pythonic_params=True, strict_validation=True)

application = app.app

if __name__ == "__main__":
    app.run(port=8080)
