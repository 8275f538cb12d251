from connexion.exceptions import OAuthProblem

KEYS = {"sesame": "ada", "mellon": "grace"}


def of_key(apikey, required_scopes=None):
    if apikey == "expired":
        raise OAuthProblem("This key is no longer good")
    if apikey not in KEYS:
        return None
    return {"sub": KEYS[apikey]}


def of_password(username, password, required_scopes=None):
    if (username, password) == ("root", "toor"):
        return {"uid": username, "admin": True}
    return None
