import datetime

from connexion import NoContent, problem, request

from . import store


def search(limit, kind=None, tag=None):
    found = [pet for pet in store.PETS.values() if kind in (None, pet["kind"])]
    if tag:
        found = [pet for pet in found if set(tag) <= set(pet.get("tags", []))]
    trace = request.headers.get("X-Trace", "none")
    return found[:limit], 200, {"X-Trace": trace, "X-Count": str(len(found))}


def create(body, user):
    if any(pet["name"] == body["name"] for pet in store.PETS.values()):
        return problem(409, "Conflict", f"There is a pet called {body['name']}", ext={"name": body["name"]})
    pet = store.add({**body, "owner": user})
    return pet, 201, {"Location": f"{request.path}/{pet['id']}"}


def read(pet_id):
    if pet_id not in store.PETS:
        return problem(404, "Not Found", f"There is no pet {pet_id}")
    pet = dict(store.PETS[pet_id])
    pet.setdefault("born", datetime.date(2020, 1, 31))
    return pet


def update(pet_id, body, user, token_info):
    if pet_id not in store.PETS:
        return problem(404, "Not Found", f"There is no pet {pet_id}")
    if store.PETS[pet_id]["owner"] != user:
        return problem(403, "Forbidden", f"It is not {token_info['sub']}'s")
    store.PETS[pet_id].update(body)
    return store.PETS[pet_id]


def remove(pet_id, token_info):
    assert token_info["admin"]
    if store.PETS.pop(pet_id, None) is None:
        return NoContent, 404
    return NoContent, 204


def broken():
    return {"question": 6 * 9}
