"""
Real descriptions are not refused; the documents that the OpenAPI Initiative gives to be refused are.

PYMACARON_CORPUS points at the folder that holds them; without it they are looked for beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lots import each_version

from pymacaron.check import check

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
DOCUMENTS = CORPUS / "openapi-documents" / "3.1"


def documents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in (".json", ".yaml", ".yml"))


def errors(path: Path) -> list[str]:
    return [f"{one.where} {one.code}: {one.fact}" for one in check([path]).findings if one.severity == "error"]


def test_the_documents_are_here() -> None:
    if documents(CORPUS / "specs") and documents(DOCUMENTS / "fail"):
        return
    if os.environ.get("CI"):
        pytest.fail(f"no descriptions below {CORPUS}: set PYMACARON_CORPUS")
    pytest.skip(f"no descriptions below {CORPUS}")


@pytest.mark.parametrize("path", each_version(documents(CORPUS / "specs"), 4), ids=lambda path: path.name)
def test_a_real_description_has_no_errors(path: Path) -> None:
    assert errors(path) == []


@pytest.mark.parametrize("path", documents(DOCUMENTS / "pass"), ids=lambda path: path.name)
def test_a_document_that_must_pass_has_no_errors(path: Path) -> None:
    assert errors(path) == []


@pytest.mark.parametrize("path", documents(DOCUMENTS / "fail"), ids=lambda path: path.name)
def test_a_document_that_must_fail_has_an_error(path: Path) -> None:
    assert errors(path) != []
