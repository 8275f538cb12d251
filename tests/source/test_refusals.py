"""Texts that cannot be read: one clear finding, with its place and its mend."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from pymacaron.finding import FindingsError
from pymacaron.source import parse, read


def refusal(text: bytes, name: str = "shop.yaml", **limits) -> str:
    with pytest.raises(FindingsError) as caught:
        parse(text, f"/apis/{name}", name, **limits)
    return str(caught.value)


def codes(text: bytes, **limits) -> list[tuple[int, int, str]]:
    with pytest.raises(FindingsError) as caught:
        parse(text, "/apis/shop.yaml", "shop.yaml", **limits)
    return [(finding.line, finding.column, finding.code) for finding in caught.value.findings]


# YAML


def test_a_tab_in_the_indentation_is_named():
    assert refusal(b"a: 1\nb:\n\tc: 2") == (
        "shop.yaml:3:1: error[yaml-syntax]: found character that cannot start any token\n"
        "     3 |  c: 2\n"
        "         ^ Indent with blanks: YAML allows no tab here"
    )


def test_a_colon_in_a_text_is_named():
    assert refusal(b"a: b: c") == (
        "shop.yaml:1:5: error[yaml-syntax]: mapping values are not allowed in this context\n"
        "     1 | a: b: c\n"
        "             ^ Put quotes around a text that contains ': ', or mend the indentation"
    )


def test_a_bracket_that_is_not_closed_is_named_with_its_line():
    assert refusal(b"a: 1\nb: [1,\nc: 2") == (
        "shop.yaml:3:5: error[yaml-syntax]: did not find expected ',' or ']' "
        "(while parsing a flow sequence, begun in line 2)\n"
        "     3 | c: 2\n"
        "             ^ Close the bracket that is opened in line 2, or add a comma"
    )


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        (b"a: @x", "Put quotes around a text that begins with '@'"),
        (b"a: `x`", "Put quotes around a text that begins with '`'"),
        (b'a: "\\d"', "Double the backslash, or use single quotes"),
        (b"a: 'x\nb: 1", "Close the quote that is opened in line 1"),
        (b"a: 'it's'", "put quotes around the whole text"),
        (b"%YAML 2.0\n---\na: 1", "Write %YAML 1.2"),
        (b"a: }", "Put quotes around a text that begins with '}', or write what is missing before it"),
        (b"a: |x\n", "Close what was opened on this line, or mend the indentation"),
        (b"%FOO\n", "Close what was opened on this line, or mend the indentation"),
    ],
)
def test_other_mistakes_in_yaml_have_a_mend(text, mend):
    assert mend in refusal(text)


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n  \n"])
def test_what_is_open_at_the_end_shows_the_last_line(end):
    assert refusal(b"a: 1\nname: [" + end) == (
        "shop.yaml:2:8: error[yaml-syntax]: did not find expected node content\n"
        "     2 | name: [\n"
        "                ^ Close what was opened on this line, or mend the indentation"
    )


def test_a_control_character_is_named_with_its_place():
    assert codes("é: 1\na: é\x01".encode()) == [(2, 5, "yaml-syntax")]


def test_a_second_document_is_refused():
    assert refusal(b"a: 1\n---\nb: 2") == (
        "shop.yaml:2:1: error[yaml-syntax]: a second YAML document begins here, and a file is read as one\n"
        "     2 | ---\n"
        "         ^^^ Put it into a file of its own, or remove the '---'"
    )


@pytest.mark.parametrize(
    ("text", "place"), [(b"? [a]\n: 1", (1, 3)), (b"a: {{ x }}", (1, 5)), (b"a: &x [1]\n*x : 2", (2, 1))]
)
def test_a_list_or_map_as_key_is_refused(text, place):
    assert codes(text) == [(*place, "yaml-syntax")]


def test_every_key_that_stands_twice_is_reported():
    assert refusal(b"a: 1\nb:\n  c: 1\n  'c': 2\na: 3\n") == (
        "shop.yaml:4:3: error[duplicate-key]: the key 'c' stands twice in this map, first in line 3\n"
        "     4 |   'c': 2\n"
        "           ^^^ Remove or rename one of them\n"
        "shop.yaml:5:1: error[duplicate-key]: the key 'a' stands twice in this map, first in line 1\n"
        "     5 | a: 3\n"
        "         ^ Remove or rename one of them"
    )


def test_a_key_that_stands_twice_can_be_read_over():
    findings = []
    document = parse(b"a: 1\na: 2", "/apis/shop.yaml", "shop.yaml", findings=findings)
    assert document.value == {"a": 2}
    assert [(finding.line, finding.code) for finding in findings] == [(2, "duplicate-key")]


def test_a_key_that_stands_twice_in_json_is_reported():
    text = b'{"a": {"x": 1},\n "b": [{"x": 1, "\\u0078": "{"}],\n "a": ":"}'
    assert codes(text) == [(2, 17, "duplicate-key"), (3, 2, "duplicate-key")]


def test_unknown_tags_are_reported_together():
    assert codes(b"a: !pet 1\nb: !!set {x}\nc: !!int x\nd: !!python/name:os.system x\n") == [
        (1, 4, "unknown-tag"),
        (2, 4, "unknown-tag"),
        (3, 4, "unknown-tag"),
        (4, 4, "unknown-tag"),
    ]


def test_an_alias_without_an_anchor_is_refused():
    assert refusal(b"a: &pets 1\nb: *pet") == (
        "shop.yaml:2:4: error[yaml-syntax]: the alias *pet names no anchor\n"
        "     2 | b: *pet\n"
        "            ^^^^ Did you mean 'pets'?"
    )


def test_an_alias_inside_of_what_it_names_is_refused():
    assert codes(b"a: &x\n  b: [*x]") == [(2, 7, "yaml-syntax")]


def test_merging_what_is_no_map_is_refused_at_its_key():
    assert codes(b"a:\n  <<: [1]") == [(2, 3, "yaml-syntax")]


def test_a_number_without_end_is_refused():
    assert codes(b"a: " + b"9" * 5000) == [(1, 4, "yaml-syntax")]


# limits


@pytest.mark.parametrize("opened", [b"[", b"- ", b"{a: ", b"[\n", b'{"a":', b'[{"a":'])
def test_nesting_of_100000_is_one_finding(opened):
    ((_, _, code),) = codes(opened * 100_000)
    assert code == "too-deep"


def test_nesting_is_allowed_up_to_the_limit():
    parse(b"[" * 1000 + b"]" * 1000, "/x", "x")
    parse(b"- " * 1000 + b"x", "/x", "x")
    assert codes(b"- " * 1001 + b"x") == [(1, 2001, "too-deep")]


def test_nesting_by_aliases_counts():
    deep = b"- &a " + b"[" * 600 + b"]" * 600 + b"\n- " + b"[" * 600 + b"*a" + b"]" * 600
    assert codes(deep) == [(2, 603, "too-deep")]


def test_aliases_that_expand_to_millions_are_one_finding_at_once():
    names = "abcdefghijklmnopqrst"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in pairwise(names)]
    ((_, _, code),) = codes("\n".join(lines).encode())
    assert code == "too-large"


def test_aliases_of_ordinary_use_are_allowed():
    shared = "a: &a {x: 1, y: [1, 2, 3]}\n"
    found = parse((shared + "".join(f"k{n}: *a\n" for n in range(2000))).encode(), "/x", "x").value
    assert len(found) == 2001


def test_a_text_over_the_limit_is_refused():
    assert refusal(b"a: 1234567", max_bytes=9) == (
        "shop.yaml: error[too-large]: it has 10 bytes, where 9 are allowed\n"
        "    Split it, or raise the setting max_document_bytes"
    )


# JSON


def test_json_that_is_no_yaml_either_gives_the_error_of_json():
    assert refusal(b'{\n  "a": "x"\n  "b": 1\n}', "shop.json") == (
        "shop.json:3:3: error[json-syntax]: expected ',' or '}'\n     3 |   \"b\": 1\n           ^"
    )


def test_json_that_ends_too_early_points_at_its_end():
    assert refusal(b'{\n  "a": [1, 2\n', "shop.json") == (
        "shop.json:2:13: error[json-syntax]: the text ends before all lists, maps and strings are closed\n"
        '     2 |   "a": [1, 2\n'
        "                     ^"
    )


def test_flow_style_in_a_file_of_yaml_gives_the_error_of_yaml():
    assert codes(b'{a: "x" b: 1}') == [(1, 9, "yaml-syntax")]


def lenient(text: bytes, name: str) -> list[str]:
    findings = []
    parse(text, f"/apis/{name}", name, findings=findings)
    return [f"{finding.where}: {finding.code}: {finding.fact}: {finding.mend}" for finding in findings]


@pytest.mark.parametrize("name", ["shop.json", "https://example.com/shop"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'{"a": 1,\n "b": [2],}', "2:11: lenient-json: not JSON: trailing comma in object"),
        (b'{"a": 1} # so', "1:10: lenient-json: not JSON: trailing characters"),
        (b"{a: 1}", "1:2: lenient-json: not JSON: object keys must be strings"),
    ],
)
def test_json_that_only_yaml_can_read_is_told(text, told, name):
    assert lenient(text, name) == [f"{name}:{told}; read as YAML: Correct it, or name the file *.yaml"]


def test_yaml_in_a_file_of_json_is_told():
    assert lenient(b"# Shop\na: 1", "shop.json") == [
        "shop.json:2:1: lenient-json: not JSON: it does not begin with '{' or '['; read as YAML: "
        "Name it *.yaml, or write JSON"
    ]


@pytest.mark.parametrize("name", ["shop.yaml", "shop.yml"])
def test_flow_style_in_a_file_of_yaml_is_good(name):
    assert lenient(b'{"a": 1,}', name) == []
    assert lenient(b'{"a": 1}', "shop.json") == []


# encodings


def test_a_byte_order_mark_is_refused():
    assert refusal(b"\xef\xbb\xbfa: 1\n") == (
        "shop.yaml:1:1: error[encoding]: it begins with a UTF-8 byte order mark\n"
        "     1 | a: 1\n"
        "         ^ Save the file as UTF-8 without a byte order mark"
    )


@pytest.mark.parametrize("text", ["a: 1", '{"a": 1}'])
@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32LE"),
        ("utf-32-be", "UTF-32BE"),
    ],
)
def test_utf_16_and_32_are_refused_by_name(text, encoding, shown):
    message = refusal(text.encode(encoding))
    assert message.startswith("shop.yaml: error[encoding]: it ")
    assert message.endswith(
        f" {shown}, not UTF-8\n    Save the file as UTF-8: "
        f"iconv -f {shown} -t UTF-8 shop.yaml > utf8 && mv utf8 shop.yaml"
    )


def test_latin_1_is_refused_at_its_first_byte():
    assert refusal("title: ok\ninfo: une clé\n".encode("latin-1")) == (
        "shop.yaml:2:13: error[encoding]: byte 0xe9 is not UTF-8; the file looks like ISO-8859-1\n"
        "     2 | info: une clé\n"
        "                     ^ Save the file as UTF-8: "
        "iconv -f ISO-8859-1 -t UTF-8 shop.yaml > utf8 && mv utf8 shop.yaml"
    )


def test_windows_1252_is_told_from_latin_1():
    assert "0x93 is not UTF-8; the file looks like WINDOWS-1252" in refusal("a: “é”".encode("cp1252"))


# files


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# a comment\n", b"---\n", b"null"])
def test_an_empty_file_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_bytes(text)
    with pytest.raises(FindingsError) as caught:
        read("shop.yaml")
    assert str(caught.value) == "shop.yaml: error[empty-file]: it is empty\n    Write something into it"


def test_a_missing_file_names_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text("a: 1")
    with pytest.raises(FindingsError) as caught:
        read("apis/shop.yml")
    assert (
        str(caught.value) == "apis/shop.yml: error[missing-file]: there is no such file\n    Did you mean 'shop.yaml'?"
    )


def test_a_missing_folder_names_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apis").mkdir()
    with pytest.raises(FindingsError) as caught:
        read("api/shop.yaml")
    (finding,) = caught.value.findings
    assert (finding.code, finding.mend) == ("missing-file", "Did you mean 'apis'?")
    assert finding.fact.endswith("has no 'api'")


def test_what_is_missing_is_never_its_own_correction(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.yaml").symlink_to("gone.yaml")
    (tmp_path / "shop.yaml").write_text("a: 1")
    told = []
    for path in ("link.yaml", "shop.yaml/pets.yaml"):
        with pytest.raises(FindingsError) as caught:
            read(path)
        told += [(finding.code, finding.fact, finding.mend) for finding in caught.value.findings]
    assert told == [
        ("missing-file", "it is a link to 'gone.yaml', where there is no file", "Correct the link, or remove it"),
        ("missing-file", "there is no such file: 'shop.yaml' is no folder", ""),
    ]


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(FindingsError) as caught:
        read(str(tmp_path))
    assert [finding.code for finding in caught.value.findings] == ["unreadable-file"]


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(FindingsError) as caught:
        read("shop\0.yaml")
    assert [finding.code for finding in caught.value.findings] == ["unreadable-file"]


def test_a_file_over_the_limit_is_not_read(tmp_path):
    path = tmp_path / "shop.yaml"
    with open(path, "wb") as file:
        os.truncate(file.fileno(), 10**12)
    with pytest.raises(FindingsError) as caught:
        read(str(path))
    assert [finding.code for finding in caught.value.findings] == ["too-large"]


def test_a_file_is_named_relative_to_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text("a: 1")
    monkeypatch.chdir(tmp_path)
    document = read("apis/../apis/shop.yaml")
    assert (document.uri, document.name) == (str(tmp_path / "apis" / "shop.yaml"), "apis/shop.yaml")
    monkeypatch.chdir("/")
    assert read(str(tmp_path / "apis" / "shop.yaml")).name == str(tmp_path / "apis" / "shop.yaml")[1:]
    monkeypatch.chdir(tmp_path / "apis")
    assert read("shop.yaml").name == "shop.yaml"


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(FindingsError, match="this is no file but a pipe or a device"):
        read(str(tmp_path / "pipe.yaml"))
