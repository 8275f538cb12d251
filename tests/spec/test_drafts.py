"""The drafts of JSON Schema by the URIs that name them."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron.spec.drafts import draft_at, draft_of, has_drafts, is_metaschema


@pytest.mark.parametrize(
    ("uri", "draft"),
    [
        ("http://json-schema.org/draft-04/schema#", "draft-04"),
        ("http://json-schema.org/draft-04/schema", "draft-04"),
        ("https://json-schema.org/draft-07/schema#", "draft-07"),
        ("https://json-schema.org/draft/2019-09/schema", "2019-09"),
        ("http://json-schema.org/draft/2020-12/schema#", "2020-12"),
        ("https://spec.openapis.org/oas/3.1/dialect/base", "2020-12"),
        ("https://spec.openapis.org/oas/3.2/dialect/2025-09-17", "2020-12"),
        ("http://json-schema.org/draft-03/schema#", None),
        ("http://json-schema.org/schema#", None),
        ("", None),
        (3, None),
    ],
)
def test_the_draft_that_a_uri_names(uri: Any, draft: str | None) -> None:
    assert draft_of(uri) == draft


@pytest.mark.parametrize(
    ("description", "may"),
    [
        ({"swagger": "2.0"}, False),
        ({"openapi": "3.0.3"}, False),
        ({"openapi": "3.1.0"}, True),
        ({"openapi": "3.2.0"}, True),
        ({"type": "object"}, True),
        (True, True),
    ],
)
def test_schemas_name_drafts_from_3_1(description: Any, may: bool) -> None:
    assert has_drafts(description) is may


def test_metaschemas_and_their_parts_are_known() -> None:
    uris = [
        "https://json-schema.org/draft/2020-12/meta/core",
        "http://json-schema.org/draft-07/schema#",
        "https://a.b/c",
    ]
    assert [is_metaschema(uri) for uri in uris] == [True, True, False]


@pytest.mark.parametrize(
    ("description", "draft"),
    [
        ({"openapi": "3.1.0", "s": [{}]}, "2020-12"),
        ({"openapi": "3.1.0", "jsonSchemaDialect": "http://json-schema.org/draft-07/schema#", "s": [{}]}, "draft-07"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "s": [{"$schema": "urn:ours"}]}, "draft-04"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "s": [{"$schema": 1}]}, "draft-04"),
        ({"jsonSchemaDialect": "http://json-schema.org/draft-07/schema#", "s": [{}]}, "2020-12"),
    ],
)
def test_the_draft_of_a_schema_is_the_nearest_that_is_known(description: Any, draft: str) -> None:
    assert draft_at(description, ("s", "0")) == draft
