"""The files of a new service as texts, and how they come into a folder."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from pymacaron.scaffold.project import Name, TakenError, common_files, shop_files, summary, write
from pymacaron.source import read
from pymacaron.spec.load import load

SHOP = Name.of("shop")
TITLES = ["yes", "3.10", "a, b: c", "{x}", "# no comment", 'He said "tea" \\ pot', "Ärger'n", "[]", "null"]


def test_no_placeholder_is_left_and_every_text_ends_a_line() -> None:
    for path, text in {**common_files(SHOP), **shop_files(SHOP)}.items():
        assert re.findall(r"\{\{\w+\}\}", text) == [], path
        assert text == "" or text.endswith("\n"), path


def test_a_service_and_the_sample_have_no_file_in_common() -> None:
    assert common_files(SHOP).keys() & shop_files(SHOP).keys() == set()


def test_the_description_has_the_lines_that_docs_and_demonstrations_show() -> None:
    files = shop_files(SHOP)
    assert files["apis/shop.yaml"].splitlines()[31] == "      operationId: shop.api.get_order"
    assert files["shop/api.py"].splitlines()[11] == "    order.qty = sum(line.qty for line in order.lines)"


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_the_same_in_every_file(title: str, tmp_path: Path) -> None:
    name = Name.of("shop", title)
    files = {**common_files(name), **shop_files(name)}
    (tmp_path / "shop.yaml").write_text(files["apis/shop.yaml"], encoding="utf-8")
    api = load(tmp_path / "shop.yaml")
    assert (api.title, len(api.operations), api.findings) == (title, 6, ())
    assert tomllib.loads(files["pyproject.toml"])["project"]["description"] == title
    compile(files["shop/apis.pyi"], "apis.pyi", "exec")


def test_names_that_yaml_takes_for_something_else_stay_names(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(common_files(Name.of("no"))["pym-config.yaml"])
    value = read(tmp_path / "config.yaml").value
    assert (value["name"], value["jwt_audience"], value["live_host"]) == ("no", "no", "https://no.example.com")


def test_every_service_has_a_secret_of_its_own() -> None:
    first, second = (re.findall(r"^JWT_SECRET=(\w{64})$", common_files(SHOP)[".env"], re.MULTILINE) for _ in range(2))
    assert len(first) == len(second) == 1
    assert first != second


def test_another_description_is_served_by_its_own_name() -> None:
    files = common_files(SHOP, description="apis/old-shop.json")
    assert 'api.start(serve="old-shop")' in files["server.py"]
    assert "| `apis/old-shop.json` |" in files["README.md"]
    compile(common_files(SHOP, description='apis/a"b.json')["server.py"], "server.py", "exec")


def test_a_summary_has_what_is_looked_at_first() -> None:
    files = {**common_files(SHOP), **shop_files(SHOP)}
    shown = "apis/shop.yaml  shop/api.py  shop/apis.py  shop/apis.pyi  server.py  test/  testaccept/"
    assert summary(SHOP, files) == shown
    assert summary(SHOP, ["server.py", "shop/pets.py"]) == "server.py"


# ---- files


def test_files_are_written_below_a_folder_that_is_made(tmp_path: Path) -> None:
    assert write(tmp_path / "services" / "shop", {"a": "1\n", "b/c": "é\n"}) == ["a", "b/c"]
    assert (tmp_path / "services/shop/b/c").read_bytes() == "é\n".encode()


def test_a_folder_with_other_things_in_it_keeps_them(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "LICENSE").write_text("mine")
    write(tmp_path, {"test/a": "1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "LICENSE", "test"]
    assert (tmp_path / "LICENSE").read_text() == "mine"


def test_only_the_owner_reads_secrets(tmp_path: Path) -> None:
    write(tmp_path, {".env": "A=1\n", "server.py": ""})
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_where_any_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("mine")
    (tmp_path / "test").write_text("a file, and no folder")
    os.symlink("nowhere", tmp_path / ".env")
    with pytest.raises(TakenError) as raised:
        write(tmp_path, {"a": "", ".env": "", "server.py": "", "test/test_api.py": ""})
    assert raised.value.paths == [".env", "server.py", "test/test_api.py"]
    assert (tmp_path / "server.py").read_text() == "mine"
    assert not (tmp_path / "a").exists()


def test_what_was_written_goes_where_the_rest_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("mine")
    with pytest.raises(OSError, match="too long"):
        write(tmp_path, {"a/b/c": "1", "d": "2", "x" * 300: "3"})
    assert [path.name for path in tmp_path.iterdir()] == ["LICENSE"]
