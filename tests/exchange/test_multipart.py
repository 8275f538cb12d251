"""A multipart body is taken apart the same way however its bytes arrive, and what is malformed is refused."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymacaron.exchange.multipart import Headers, Malformed, boundary_of, parts

Found = list[tuple[str | None, str | None, dict[str, str], bytes]]


def taken_apart(body: bytes, boundary: bytes = b"x", at_once: int = 1_000_000) -> Found:
    """(name, file name, headers, content) of each part, read *at_once* bytes at a time."""
    stream = BytesIO(body)
    found = []
    for head, pieces in parts(lambda size: stream.read(min(size, at_once)), boundary):
        found.append((head.name, head.filename, dict(head.headers), b"".join(pieces)))
    assert stream.read() == b""
    return found


def named(disposition: str) -> tuple[str | None, str | None]:
    body = f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n\r\n--x--".encode()
    [(name, filename, _, _)] = taken_apart(body)
    return name, filename


BODY = (
    b'preamble\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n\r\n--xy\r\n--\r\n-\r\n--x \t\r\n'
    b'content-disposition: form-data;\r\n name="b"; filename="b.txt"\r\nContent-Type:text/plain\r\n\r\n'
    b"\r\n--x\r\n\r\nbare\r\n--x\r\nX-A: b\r\n\r\n--x--\r\nepilogue"
)


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 64, 100_000])
def test_parts_are_the_same_however_many_bytes_come_at_once(at_once: int):
    assert taken_apart(BODY, at_once=at_once) == [
        ("a", None, {"Content-Disposition": 'form-data; name="a"'}, b"1\r\n\r\n--xy\r\n--\r\n-"),
        (
            "b",
            "b.txt",
            {"content-disposition": 'form-data; name="b"; filename="b.txt"', "Content-Type": "text/plain"},
            b"",
        ),
        (None, None, {}, b"bare"),
        (None, None, {"X-A": "b"}, b""),
    ]


@given(
    st.lists(st.binary(max_size=60)),
    st.binary(max_size=10).filter(lambda data: b"\r\n--x" not in data),
    st.integers(1, 50),
)
def test_what_is_put_together_is_taken_apart(contents: list[bytes], preamble: bytes, at_once: int):
    contents = [content.replace(b"\r\n--x", b"") for content in contents]
    contents = [content for content in contents if b"\r\n--x" not in b"\r\n" + content]
    lines = b"".join(b"\r\n--x\r\n\r\n" + content for content in contents)
    body = (preamble if b"--x" not in preamble else b"") + lines + b"\r\n--x--\r\n"
    assert [content for *_, content in taken_apart(body, at_once=at_once)] == contents


@pytest.mark.parametrize("body", [b"", b"--x--", b"--x--\r\n", b"before\r\n--x--after"])
def test_a_body_may_have_no_parts(body: bytes):
    assert taken_apart(body) == []


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ("name=a", "a", None),
        ('name="a b;c"', "a b;c", None),
        ('name="\u00e9"', "\u00e9", None),
        ('name="a"; filename=""', "a", ""),
        ('name="a%22b%0D%0A"; filename="%41.txt"', 'a"b\r\n', "%41.txt"),
        (r'name="a\"b"; filename="C:\dir\b.txt"', 'a"b', r"C:\dir\b.txt"),
        (r'name="a"; filename="a\\b"', "a", r"a\b"),
        ("name=a; filename=plain.txt; filename*=UTF-8''na%C3%AFve.txt", "a", "na\u00efve.txt"),
        ("name=a; filename*=iso-8859-1'en'%E9", "a", "\u00e9"),
        ("filename=b", None, "b"),
    ],
)
def test_names_are_read_as_clients_write_them(disposition: str, name: str | None, filename: str | None):
    assert named(disposition) == (name, filename)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"a", "is cut short"),
        (b"--x", "is cut short"),
        (b"--x\r\n", "is cut short"),
        (b"--x\r\nContent-Type: a/b", "is cut short"),
        (b"--x\r\n\r\na", "is cut short"),
        (b"--x\r\n\r\na\r\n--x\r\n", "is cut short"),
        (b"--y\r\n\r\na\r\n--y--\r\n", "is cut short"),
        (b"--x\n\na\n--x--\n", "is cut short"),
        (b"--x\r\nno header\r\n\r\n\r\n--x--", "has a part with a header that is none"),
        (b"--x\r\nA B: c\r\n\r\n\r\n--x--", "has a part with a header that is none"),
        (b"--x\r\nA: b\rC: d\r\n\r\n\r\n--x--", "has a part with a header that is none"),
        (b"--x\r\nA: \xff\r\n\r\n\r\n--x--", "has a part whose headers are not UTF-8"),
        (b"--x\r\nA: b\r\na: c\r\n\r\n\r\n--x--", "has a part with more than one header 'a'"),
        (b"--x\r\nA: " + b"b" * 20_000, "has a part whose headers are longer than 16384 bytes"),
        (b"--x\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n--x--", "has a part with more than one name"),
        (
            b"--x\r\nContent-Disposition: form-data; filename*=UTF-8''%FF\r\n\r\n--x--",
            "has a part with a name that cannot be read",
        ),
        (
            b"--x\r\nContent-Disposition: form-data; filename*=utf-16''a\r\n\r\n--x--",
            "has a part with a name that cannot be read",
        ),
    ],
)
def test_a_malformed_body_says_why(body: bytes, why: str):
    with pytest.raises(Malformed) as caught:
        taken_apart(body)
    assert str(caught.value) == why


def test_the_boundary_stands_in_the_content_type():
    assert boundary_of("multipart/form-data; boundary=a-b") == b"a-b"
    assert boundary_of('multipart/form-data; charset=utf-8; boundary="a b:c"') == b"a b:c"
    # More than the 70 characters of RFC 2046, as some clients write
    assert boundary_of(f"multipart/form-data; boundary={'a' * 200}") == b"a" * 200
    for content_type in (None, "multipart/form-data", "multipart/form-data; boundary=", "nonsense; boundary=x"):
        with pytest.raises(Malformed, match="has no boundary in its Content-Type"):
            boundary_of(content_type)
    for boundary in ("a" * 201, '"a "', "\u00e9", '"a\x00b"'):
        with pytest.raises(Malformed, match="has a boundary in its Content-Type that is none"):
            boundary_of(f"multipart/form-data; boundary={boundary}")


def test_the_headers_of_a_part_are_found_in_any_case():
    headers = Headers({"Content-Type": "a/b"})
    assert (headers["content-TYPE"], headers.get("X"), list(headers), len(headers)) == (
        "a/b",
        None,
        ["Content-Type"],
        1,
    )
