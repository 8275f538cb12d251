"""Pets, kept in memory."""

import itertools
import threading

from pymacaron.exceptions import add_error

PetNotFound = add_error("PetNotFound", "PET_NOT_FOUND", 404)

_lock = threading.Lock()
_numbers = itertools.count(1)
_pets = {}
_portraits = {}
_NO_PORTRAIT = b"\x89PNG\r\n\x1a\n"


def _found(pet_id):
    pet = _pets.get(pet_id)
    if pet is None:
        raise PetNotFound("There is no such pet")
    return pet


def list_pets(kind, age, words):
    with _lock:
        return [pet for pet in list(_pets.values())[:50] if kind in (None, pet.kind)]


def add_pet(pet):
    with _lock:
        pet.id = next(_numbers)
        _pets[pet.id] = pet
    return pet, 201


def get_pet(pet_id):
    return _found(pet_id)


def set_portrait(image, pet_id):
    _found(pet_id)
    _portraits[pet_id] = image


def get_portrait(pet_id):
    _found(pet_id)
    return _portraits.get(pet_id, _NO_PORTRAIT)


def measure(measure):
    return measure
