"""Where descriptions come from: folders, revisions of git, a server."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pymacaron.changes.reading import compared
from pymacaron.finding import FindingsError

SHOP = """openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /pets:
    get:
      operationId: list_pets
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {$ref: "../parts/pet.yaml#/Pet"}}}
"""
PET = "Pet: {type: object, properties: {name: {type: string, maxLength: 5}}}\n"


def git(*arguments: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *own, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose last commit is SHOP; in the checkout, a name may be longer."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("apis/shop.yaml", SHOP), ("parts/pet.yaml", PET)):
        Path(name).parent.mkdir()
        Path(name).write_text(text, encoding="utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    Path("parts/pet.yaml").write_text(PET.replace("5", "6"), encoding="utf-8")
    return tmp_path


LONGER = ("breaking", "response-length-widened", "HEAD:parts/pet.yaml:1:66", "parts/pet.yaml:1:66")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("HEAD", "apis"),
        ("HEAD:apis", "apis"),
        ("HEAD:apis/shop.yaml", "apis/shop.yaml"),
        ("HEAD", "apis/shop.yaml"),
        ("HEAD:./apis", "apis"),
    ],
)
def test_a_revision_is_read_with_the_files_that_it_refers_to(repository: Path, old: str, new: str) -> None:
    (change,) = compared(old, new)
    assert (change.severity, change.code, str(change.old), str(change.new)) == LONGER
    assert compared("HEAD", "HEAD") == []
    assert Path("parts/pet.yaml").read_text(encoding="utf-8") == PET.replace("5", "6")


@pytest.mark.parametrize(
    "said", ["HEAD~7", "nothing.yaml", "HEAD:nothing.yaml", "HEAD:../apis", "--help:apis", ":apis"]
)
def test_what_is_no_file_and_no_revision_is_told(repository: Path, said: str) -> None:
    with pytest.raises(FindingsError) as error:
        compared(said, "apis")
    assert [finding.code for finding in error.value.findings] == ["missing-file"]


def test_an_api_that_is_gone_from_a_folder_breaks_its_callers(repository: Path) -> None:
    Path("apis/pets.yaml").write_text(SHOP, encoding="utf-8")
    Path("apis/shop.yaml").unlink()
    assert [(one.severity, one.code, one.api) for one in compared("HEAD", "apis")] == [
        ("breaking", "api-removed", "shop"),
        ("compatible", "api-added", "pets"),
    ]


class Served(http.server.BaseHTTPRequestHandler):
    """Serves the documents, and what leads elsewhere."""

    def do_GET(self) -> None:
        known = {"/doc/shop.yaml": SHOP.replace("../parts/", "/parts/"), "/parts/pet.yaml": PET}
        known["/doc/thief.yaml"] = SHOP.replace("../parts/pet.yaml#/Pet", str(Path("parts/pet.yaml").resolve()))
        self.path = self.path.partition("?")[0]
        known["/doc/login.yaml"] = "<!doctype html>\n<html><body>Sign in</body></html>"
        known["/doc/empty.yaml"] = ""
        known["/doc/wrong.yaml"] = "openapi: 3.1.0\ninfo: {title: Shop\npaths: {}\n"
        if self.path in known:
            self.send_response(200)
        else:
            self.send_response(302 if self.path.startswith("/to/") else 404)
            self.send_header(
                "Location",
                {"/to/file": "file:///etc/hostname", "/to/shop": "/doc/shop.yaml", "/to/it": "/to/it"}.get(
                    self.path, ""
                ),
            )
        self.end_headers()
        self.wfile.write(known.get(self.path, "").encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["/doc/shop.yaml", "/to/shop"])
def test_a_live_document_is_compared(repository: Path, path: str) -> None:
    with serving() as url:
        found = compared(f"{url}{path}?token=secret", "HEAD:apis/shop.yaml")
    assert found == []


def test_a_live_document_cannot_have_files_of_this_machine_read(repository: Path) -> None:
    with serving() as url, pytest.raises(FindingsError) as error:
        compared(f"{url}/doc/thief.yaml", "apis")
    assert [finding.code for finding in error.value.findings] == ["dangling-ref"]


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("/nothing", "the answer is 404"),
        ("/to/file", "the answer is 302"),
        ("/to/it", "the answer is 302"),
    ],
)
def test_what_no_server_gives_is_told_without_what_may_be_secret(repository: Path, path: str, fact: str) -> None:
    with serving() as url, pytest.raises(FindingsError) as error:
        compared(f"{url}{path}?token=secret", "apis")
    (finding,) = error.value.findings
    assert (finding.file, finding.code, finding.fact) == (f"{url}{path}", "unreadable-file", fact)


@pytest.mark.parametrize(
    ("path", "code", "line"),
    [
        ("/doc/login.yaml", "not-a-description", 1),
        ("/doc/empty.yaml", "empty-file", 0),
        ("/doc/wrong.yaml", "yaml-syntax", 3),
    ],
)
def test_an_answer_that_is_no_description_is_told_with_its_line(
    repository: Path, path: str, code: str, line: int
) -> None:
    with serving() as url, pytest.raises(FindingsError) as error:
        compared("apis", f"{url}{path}?token=secret")
    (finding,) = error.value.findings
    assert (finding.code, finding.line) == (code, line)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("said", "shown", "fact"),
    [
        ("http://", "http:", "this is no URL"),
        ("http://[shop/doc", "http://[shop/doc", "this is no URL"),
        ("http://shop:port/doc", "http://shop:port/doc", "this is no URL"),
        ("http://a shop/doc", "http://a shop/doc", "this is no URL"),
        ("http://me:secret@shop/doc", "http://shop/doc", "it has a user or a password, and none is sent"),
    ],
)
def test_what_cannot_be_asked_for_is_told(repository: Path, said: str, shown: str, fact: str) -> None:
    with pytest.raises(FindingsError) as error:
        compared(said, "apis")
    (finding,) = error.value.findings
    assert (finding.file.rstrip("/"), finding.code, finding.fact) == (shown, "unreadable-file", fact)


@pytest.mark.parametrize("side", [0, 1])
def test_a_description_that_is_wrong_is_told_with_its_place_on_either_side(repository: Path, side: int) -> None:
    Path("wrong.yaml").write_text("openapi: 3.1.0\ninfo: {title: Shop\npaths: {}\n", encoding="utf-8")
    names = ["apis/shop.yaml", "apis/shop.yaml"]
    names[side] = "wrong.yaml"
    with pytest.raises(FindingsError) as error:
        compared(names[0], names[1])
    assert [(one.file, one.line, one.column) for one in error.value.findings] == [("wrong.yaml", 3, 6)]
