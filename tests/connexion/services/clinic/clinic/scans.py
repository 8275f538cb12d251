from clinic.auth import encode


def upload(scan, body, user):
    scan.save("/dev/null")
    return {"name": scan.filename, "type": scan.mimetype, "fields": body, "by": user}, 201


def login(body):
    return encode(sub=body["user"], attempts=body.get("attempts"))
