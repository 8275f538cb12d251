PETS = {}


def clear():
    PETS.clear()


def add(pet):
    pet["id"] = len(PETS) + 1
    PETS[pet["id"]] = pet
    return pet
