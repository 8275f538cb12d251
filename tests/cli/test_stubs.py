"""`pymacaron stubs`: which files it writes, and what it says of those that are not what it would write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymacaron.cli import main

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:
    get: {operationId: shop.api.list_orders, responses: {"204": {description: None}}}
components:
  schemas:
    Order: {type: object, properties: {item: {type: string}}}
"""
COLOUR = SHOP.replace("item:", "colour:")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service, which is the working directory."""
    for variable in [name for name in os.environ if name.startswith("PYM_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    Path("apis").mkdir()
    Path("shop").mkdir()
    Path("apis/shop.yaml").write_text(SHOP)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code and what is printed."""
    code = 0
    try:
        main(["stubs", *arguments])
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else 0
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_both_files_are_written_into_the_package_of_the_handlers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys) == (0, "shop/apis.py and shop/apis.pyi written\n", "")
    assert Path("shop/apis.py").read_text().endswith("\nshop = ApiPool.shop\n")
    assert "        class Order(Model):\n            item: str | None\n" in Path("shop/apis.pyi").read_text()
    assert run(capsys) == (0, "shop/apis.py and shop/apis.pyi are up to date\n", "")
    assert run(capsys, "--check") == (0, "shop/apis.py and shop/apis.pyi are what shop.yaml gives\n", "")


def test_it_is_the_package_beside_the_config_wherever_the_command_is_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("pym-config.yaml").write_text("name: shop\n")
    monkeypatch.chdir("shop")
    assert run(capsys, "../apis") == (0, "apis.py and apis.pyi written\n", "")
    text = Path("apis.pyi").read_text()
    monkeypatch.chdir("..")
    assert run(capsys, "--check")[0] == 0
    assert Path("shop/apis.pyi").read_text() == text


def test_another_module_may_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "apis/shop.yaml", "--output", "shop/names.py")
    assert (code, out) == (0, "shop/names.py and shop/names.pyi written\n")


def test_check_tells_each_file_that_drifted_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    Path("apis/shop.yaml").write_text(COLOUR)
    assert run(capsys, "apis", "--check") == (
        1,
        "",
        "shop/apis.pyi:58: error[drift]: it is not what the descriptions give\n    Run: pymacaron stubs apis\n",
    )
    assert "item: str | None" in Path("shop/apis.pyi").read_text()
    Path("shop/apis.py").unlink()
    code, _, err = run(capsys, "--check", "--output", "shop/apis.py")
    assert (code, err.splitlines()[0]) == (1, "shop/apis.py: error[drift]: there is no such file")
    assert err.splitlines()[-1] == "    Run: pymacaron stubs --output shop/apis.py"
    assert not Path("shop/apis.py").exists()
    assert run(capsys) == (0, "shop/apis.py and shop/apis.pyi written\n", "")
    assert run(capsys, "--check")[0] == 0


@pytest.mark.parametrize("ending", ["", "more: int\n"])
def test_a_file_that_is_too_short_or_too_long_has_drifted(ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    lines = Path("shop/apis.pyi").read_text().splitlines(keepends=True)
    Path("shop/apis.pyi").write_text("".join([*lines, ending] if ending else lines[:-1]))
    code, _, err = run(capsys, "--check")
    line = len(lines) + (1 if ending else 0)
    assert (code, err.splitlines()[0]) == (
        1,
        f"shop/apis.pyi:{line}: error[drift]: it is not what the descriptions give",
    )


def test_a_file_of_somebody_else_stays(capsys: pytest.CaptureFixture[str]) -> None:
    Path("shop/apis.py").write_text("mine = 1\n")
    for arguments in ([], ["--check"]):
        code, _, err = run(capsys, *arguments)
        assert (code, err.splitlines()[-1]) == (
            2,
            "Error: shop/apis.py was not written by `pymacaron stubs`. Name another file: --output FILE",
        )
    assert Path("shop/apis.py").read_text() == "mine = 1\n"
    assert not Path("shop/apis.pyi").exists()


def test_where_handlers_stand_in_several_packages_the_module_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("store").mkdir()
    Path("apis/store.yaml").write_text(SHOP.replace("shop.api", "store.api"))
    assert run(capsys)[2].splitlines()[-1] == (
        "Error: Which module to write is not clear: handlers stand in shop, store. Say it: --output shop/apis.py"
    )
    assert run(capsys, "apis/store.yaml") == (0, "store/apis.py and store/apis.pyi written\n", "")
    Path("apis/store.yaml").write_text(SHOP.replace("shop.api.", ""))
    assert run(capsys, "apis/store.yaml")[1].startswith("store/apis.py and ")  # where it was written before
    Path("store/apis.py").unlink()
    code, _, err = run(capsys, "apis/store.yaml")
    assert (code, err.splitlines()[-1]) == (
        2,
        "Error: Which module to write is not clear: no handler stands in a package that is here."
        " Say it: --output shop/apis.py",
    )


@pytest.mark.parametrize(
    ("output", "fact"),
    [
        ("shop", "'shop' is no name of a module, such as shop/apis.py"),
        ("shop/my-apis.py", "'shop/my-apis.py' is no name of a module, such as shop/apis.py"),
        ("shop/class.py", "'shop/class.py' is no name of a module, such as shop/apis.py"),
        ("shp/apis.py", "there is no folder 'shp'"),
    ],
)
def test_an_output_that_can_be_no_module_is_refused(output: str, fact: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--output", output)
    assert (code, err.splitlines()[-1]) == (2, f"Error: Invalid value for '--output': {fact}")


def test_a_description_with_errors_gives_no_stubs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("apis/shop.yaml").write_text(SHOP.replace("type: string", "type: strnig, $ref: '#/nowhere'"))
    code, out, err = run(capsys)
    assert (code, out) == (1, "")
    assert "error[dangling-ref]" in err
    assert not Path("shop/apis.py").exists()


def test_nothing_to_read_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("apis/shop.yaml").unlink()
    code, _, err = run(capsys)
    assert (code, err.splitlines()[0].partition("]")[0]) == (1, ".: error[missing-file")
