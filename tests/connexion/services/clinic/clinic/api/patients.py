import datetime
import uuid

from connexion import NoContent, request

PATIENTS = {}


def search(sortby, filter_age=None, user=None, token_info=None):
    if user is None:
        return []
    found = [one for one in PATIENTS.values() if filter_age in (None, one.get("age"))]
    return sorted(found, key=lambda one: one[sortby])


def post(patient, user):
    patient["id"] = str(uuid.uuid5(uuid.NAMESPACE_DNS, patient["name"]))
    patient["seen"] = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    PATIENTS[patient["id"]] = patient
    return patient, 201, {"X-By": user, "X-Agent": request.headers["User-Agent"]}


def get(patient_id):
    assert isinstance(patient_id, str)
    return PATIENTS.get(patient_id) or (NoContent, 404)


def patch(patient_id, body):
    PATIENTS[patient_id].update(body)
    return PATIENTS[patient_id]
