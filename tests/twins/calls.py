"""Calls that are made of both: usual ones, odd ones, and those that something is set up for."""

from __future__ import annotations

MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nRex\r\n'
    b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\njpg\r\n--b--\r\n'
)


USUAL = [
    "GET /pets",
    "GET /pets?limit=5&tag=a&tag=b",
    "GET /pets?limit=many",
    {"method": "POST", "path": "/pets", "json": {"name": "Rex", "age": 3}},
    {"method": "POST", "path": "/pets", "json": {"age": "old"}},
    {"method": "POST", "path": "/pets", "data": b"{", "content_type": "application/json"},
    {"method": "POST", "path": "/pets", "data": b"name=Rex", "content_type": "text/plain"},
    "GET /pets/1",
    "GET /pets/newest",
    {"method": "PUT", "path": "/pets/1", "json": {"a": [1, None]}},
    "PUT /pets/1",
    "DELETE /pets/1",
    "GET /pets/1/toys/7",
    "GET /pets/1/toys/x",
    "GET /text",
    "GET /big",
    {"method": "GET", "path": "/big", "headers": {"Accept-Encoding": "gzip"}},
    {"method": "GET", "path": "/big", "headers": {"Accept-Encoding": "br;q=0.2, gzip, *;q=0"}},
    {"method": "GET", "path": "/text", "headers": {"Accept": "application/json"}},
    {"method": "GET", "path": "/pets/1", "headers": {"Accept": "application/problem+json"}},
    "GET /stream",
    "GET /events",
    "GET /headers",
    {"method": "POST", "path": "/raw", "data": b"\x00\x01", "content_type": "application/octet-stream"},
    {"method": "POST", "path": "/form", "data": {"name": "Rex", "age": "3"}},
    {"method": "POST", "path": "/form", "data": MULTIPART, "content_type": "multipart/form-data; boundary=b"},
    {"method": "POST", "path": "/lines", "data": b'{"a":1}\n{"a":2}\n', "content_type": "application/jsonl"},
    "GET /made/x",
    "GET /fails/x",
]


METHODS = [
    *(
        f"{method} {path}"
        for path in ("/pets", "/pets/1", "/slash/")
        for method in ("HEAD", "OPTIONS", "PATCH", "TRACE")
    ),
    *("get /pets", "Get /pets/1", "BREW /pets", "post /pets", "PROPFIND /missing"),
]


PATHS = [
    *(
        "GET /",
        "GET //",
        "GET //pets",
        "GET /pets/",
        "GET /pets//",
        "GET /pets/1/",
        "GET //pets//1",
        "GET /pets//toys/1",
    ),
    *("GET /slash", "GET /slash/", "GET /slash//", "GET /slash/a", "GET /slash/a/", "GET /slash//a/", "GET /slash?x=1"),
    *("GET /pets/%2F", "GET /pets/a%2Fb", "GET /pets/a%2fb/toys/1", "GET /pets%2F1", "GET /pets/%252F", "GET /%70ets"),
    *("GET /pets/%C3%A9", "GET /pets/é", "GET /pets/%FF", "GET /pets/%F0%9F%90%B6", "GET /pets/%00", "GET /pets/%0A"),
    *("GET /pets/a%20b", "GET /pets/a+b", "GET /pets/a;b=c", "GET /pets/.", "GET /pets/..", "GET /pets/%2E%2E/toys/1"),
    *("GET /pets/a|b", "GET /pets/|", "GET /pets/1/toys", "GET /pets/1/toys/1/x", "GET /Pets", "GET /missing"),
    *(
        "GET /pets/a%0Ab",
        "GET /pets?%2F=1",
        "GET /pets/x%3Fy",
        "GET /pets/x%23y",
        "GET /pets/%25",
        "GET /doc/shop.json",
    ),
]


FAILS = [f"GET /fails/{how}" for how in ("x", "key", "http", "ours", "base")]


HOSTS = [
    *(
        "localhost",
        "localhost:80",
        "example.com:8080",
        "example.com:40123",
        "EXAMPLE.com",
        "127.0.0.1",
        "[::1]:80",
        "",
        "a b",
        "bad/host",
    ),
    *(
        "a:b:c",
        "a:99999",
        "a..b",
        "-a.b",
        "a" * 64 + ".example",
        ".",
        ":80",
        "xn--a",
        "é.example",
        "a_b.example",
        "a,b",
    ),
    *("a:0", "a:", "a.", "1.2.3", "%41"),
]


COMPETING = [
    *(
        "GET /pets",
        "GET /pets/1",
        "GET /pets/x",
        "GET /pets/mine",
        "GET /pets/a/b/c",
        "GET /pets/newest",
        "GET /anything",
    ),
    *(
        "POST /pets",
        "PUT /pets/1",
        "DELETE /pets/mine",
        "PATCH /pets/1",
        "GET /pets/",
        "GET /slash",
        "GET /slash/",
        "HEAD /pets/7",
    ),
    *(
        "GET /pets/1/toys/2",
        "GET /pets/1/toys/2/",
        "OPTIONS /pets/1",
        "GET /big/x",
        "GET /text",
        "GET /file.txt",
        "GET /pets/1.json",
    ),
]


RULES = {
    "static": ("/pets/mine", {}),
    "int": ("/pets/<int:id>", {}),
    "string": ("/pets/<string(length=1):id>", {}),
    "default": ("/pets/<other>", {}),
    "path": ("/pets/<path:rest>", {}),
    "any path": ("/<path:rest>", {}),
    "any": ("/<any(pets, text):what>", {}),
    "mixed": ("/pets/<id>.json", {}),
    "variable first": ("/<what>/<id>", {}),
    "variable alone": ("/<what>", {}),
    "same path": ("/pets", {"methods": ["PATCH", "GET"]}),
    "same shape": ("/pets/<one>/toys/<two>", {}),
    "with a slash": ("/pets/", {}),
    "not strict": ("/slash", {"strict_slashes": False}),
    "not strict either": ("/pets/<id>/", {"strict_slashes": False}),
    "defaults": ("/pets/page", {"defaults": {"page": 1}}),
    "redirect": ("/pets/mine", {"redirect_to": "/pets"}),
    "subdomain": ("/pets", {"subdomain": "api"}),
    "post only": ("/pets/<int:id>", {"methods": ["POST", "DELETE"]}),
    "websocket": ("/pets/<int:id>", {"websocket": True}),
    "merged": ("/pets//x", {"merge_slashes": False}),
    "build only": ("/pets/<int:id>", {"build_only": True}),
    "alias": ("/pets/<int:id>", {"alias": True}),
}


MATCHED = [
    {"path": "/pets/1", "headers": {"Host": host}} for host in ("localhost", "api.example.com", "example.com", "x.y")
]


FORWARDED = [
    {
        "path": "/made/x",
        "headers": {
            "X-Forwarded-For": "1.2.3.4",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "a.example",
            "X-Forwarded-Prefix": "/api",
        },
    },
    "GET /made/x",
    *USUAL[:8],
]


CORS_CALLS = [
    {"method": method, "path": path, "headers": {"Origin": origin, **more}}
    for method, path in (
        ("GET", "/pets"),
        ("OPTIONS", "/pets"),
        ("GET", "/missing"),
        ("GET", "/pets?limit=x"),
        ("GET", "/big"),
    )
    for origin in ("https://a.example", "https://b.example", "null")
    for more in (
        {},
        {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-Token"},
        {"Accept-Encoding": "gzip"},
    )
]
