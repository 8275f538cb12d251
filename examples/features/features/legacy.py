"""What an old service looks like."""

import itertools

_numbers = itertools.count(1)


def list_things(ids, names, pairs, words, columns, all, x_level, page):
    return [], 200, {"X-Page": page}


def add_thing(thing):
    thing.id = next(_numbers)
    return thing


def send_form(name, age, likes):
    return {"name": name, "age": age, "likes": likes}


def send_file(file, title):
    return {"bytes": len(file.read())}
