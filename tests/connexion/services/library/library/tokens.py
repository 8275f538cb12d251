TOKENS = {
    "reader": {"uid": "ada", "scope": ["books:read"]},
    "writer": {"sub": "grace", "scope": "books:read books:write"},
    "nothing": {"uid": "eve", "scope": []},
}


def info(access_token):
    return TOKENS.get(access_token)
