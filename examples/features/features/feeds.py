"""Streams both ways."""

from pymacaron import ApiPool

_SENSORS = ("north", "south", "east", "west", "roof")


def _readings(count):
    for number, sensor in enumerate(_SENSORS[:count]):
        yield ApiPool.feeds.model.Reading(sensor=sensor, value=number * 1.5)


def list_readings(count):
    return _readings(count)


def send_readings(readings):
    count, highest = 0, None
    for reading in readings:
        count += 1
        highest = reading.value if highest is None else max(highest, reading.value)
    return {"count": count, "highest": highest}


def list_events():
    for number, reading in enumerate(_readings(3)):
        yield {"event": "reading", "id": str(number), "data": reading}


def search(search):
    return [reading for reading in _readings(5) if reading.sensor == search.sensor]


def search_by_url(query, colour):
    wanted = query.sensor if query is not None else None
    return [reading for reading in _readings(5) if wanted in (None, reading.sensor)]


def head_readings():
    return None, 204, {"X-Total": len(_SENSORS)}


def describe_readings():
    return {"accepts": ["application/jsonl", "application/json-seq"]}


def copy_readings(destination):
    return None, 204


def add_note(note):
    return note


def list_trees():
    """Trees of which every node has a place."""
    leaves = [{"name": sensor, "place": "yard", "size": 0} for sensor in _SENSORS[:4]]
    return [{"name": "all", "place": "house", "size": len(leaves), "children": leaves}]


def send_bundle(parts):
    reading, *texts = parts
    return {"sensor": reading.sensor, "texts": len(texts)}
