"""What a $ref names."""

from pathlib import Path

import pytest

from pymacaron.finding import FindingsError
from pymacaron.source import Document, Node, parse, read
from pymacaron.spec.references import DanglingReference, References, RemoteReference


def document(text: str, uri: str = "/apis/shop.yaml") -> Document:
    return parse(text.encode(), uri, uri.removeprefix("/"))


def resolved(text: str, ref: str) -> Node:
    root = document(text)
    return References(root).resolve(ref, Node(root.value, root))


def dangling(text: str, ref: str) -> tuple[str, str]:
    with pytest.raises(DanglingReference) as caught:
        resolved(text, ref)
    return caught.value.fact, caught.value.mend


TEXT = """
paths:
  /pets/{id}: {get: x}
  "a b": y
  "~": tilde
  "~1": slash
  "%7B": percent
  "": empty
list: [a, {b: c}]
"""


@pytest.mark.parametrize(
    ("ref", "value", "pointer"),
    [
        ("#/paths/~1pets~1%7Bid%7D/get", "x", ("paths", "/pets/{id}", "get")),
        ("#/paths/~1pets~1{id}/get", "x", ("paths", "/pets/{id}", "get")),
        ("#/paths/%2Fpets%2F%7Bid%7D/get", "x", ("paths", "/pets/{id}", "get")),
        ("#/paths/a%20b", "y", ("paths", "a b")),
        ("#/paths/~0", "tilde", ("paths", "~")),
        ("#/paths/~01", "slash", ("paths", "~1")),
        ("#/paths/%7B", "percent", ("paths", "%7B")),
        ("#/paths/%257B", "percent", ("paths", "%7B")),
        ("#/paths/", "empty", ("paths", "")),
        ("#/list/0", "a", ("list", "0")),
        ("#/list/1/b", "c", ("list", "1", "b")),
        ("shop.yaml#/list/0", "a", ("list", "0")),
        ("./../apis/shop.yaml#/list/0", "a", ("list", "0")),
        ("file:///apis/shop.yaml#/list/0", "a", ("list", "0")),
    ],
)
def test_pointers_in_the_same_file(ref, value, pointer):
    found = resolved(TEXT, ref)
    assert (found.value, found.pointer, found.document.uri) == (value, pointer, "/apis/shop.yaml")


@pytest.mark.parametrize("ref", ["#", "#/", "shop.yaml", "shop.yaml#"])
def test_a_whole_document(ref):
    assert resolved("'': {a: 1}", ref).value == ({"a": 1} if ref == "#/" else {"": {"a": 1}})


def test_what_dangles_says_where_and_what_was_meant():
    text = "components: {schemas: {Pet: {}, Order: {}}}"
    assert dangling(text, "#/components/schemas/Pett") == (
        "'#/components/schemas/Pett' names nothing: '#/components/schemas' has no 'Pett'",
        "Did you mean 'Pet'?",
    )
    assert dangling(text, "#/component/schemas/Pet") == (
        "'#/component/schemas/Pet' names nothing: '#' has no 'component'",
        "Did you mean 'components'?",
    )


@pytest.mark.parametrize("ref", ["#/list/2", "#/list/01", "#/list/-", "#/list/" + "9" * 5000, "#/list/x", "#/list/0/a"])
def test_what_is_no_item_dangles(ref):
    with pytest.raises(DanglingReference):
        resolved(TEXT, ref)


def test_pointers_lead_through_references():
    found = resolved("a: {$ref: '#/b'}\nb: {$ref: '#/c'}\nc: {d: {e: 1}}", "#/a/d/e")
    assert (found.value, found.pointer) == (1, ("c", "d", "e"))


def test_follow_goes_to_the_end_and_resolve_one_step():
    root = document("a: {$ref: '#/b'}\nb: {$ref: '#/c'}\nc: {d: 1}")
    references = References(root)
    node = Node(root.value, root)
    assert references.resolve("#/a", node).value == {"$ref": "#/b"}
    assert references.follow(node.child("a")).pointer == ("c",)
    assert references.follow(node.child("c")) == node.child("c")
    assert references.follow(node) == node


def test_a_ref_that_is_no_text_is_no_reference():
    root = document("a: {$ref: [1]}")
    node = Node(root.value, root).child("a")
    assert References(root).follow(node) == node


@pytest.mark.parametrize(
    "text",
    [
        "a: {$ref: '#/a'}",
        "a: {$ref: '#/b'}\nb: {$ref: '#/a'}",
        "a: {$ref: '#/a/b'}",
        "a: {$ref: '#/b/c'}\nb: {$ref: '#/a/c'}",
        "a: {$id: 'x', $ref: '#/a/a/a/a'}",
    ],
)
def test_circles_dangle(text):
    root = document(text)
    with pytest.raises(DanglingReference):
        References(root).follow(Node(root.value, root).child("a"))


def test_other_files_refer_back_and_to_each_other(tmp_path: Path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "shop.yaml").write_text("pet: {$ref: 'schemas/pet%20file.yaml#/Pet'}\nname: {type: string}\n")
    (tmp_path / "schemas" / "pet file.yaml").write_text(
        "Pet:\n  properties:\n    name: {$ref: '../shop.yaml#/name'}\n    owner: {$ref: owner.json}\n"
    )
    (tmp_path / "schemas" / "owner.json").write_text('{"pets": {"items": {"$ref": "pet file.yaml#/Pet"}}}')
    root = read(str(tmp_path / "shop.yaml"))
    references = References(root)
    pet = references.follow(Node(root.value, root).child("pet"))
    properties = pet.child("properties")
    assert references.follow(properties.child("name")) == Node(root.value, root).child("name")
    owner = references.follow(properties.child("owner"))
    assert references.follow(owner.child("pets").child("items")).identity == pet.identity
    assert sorted(references.documents) == [
        str(tmp_path / "schemas" / "owner.json"),
        str(tmp_path / "schemas" / "pet file.yaml"),
        str(tmp_path / "shop.yaml"),
    ]


def test_a_file_that_is_missing_dangles_with_its_name(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets.yaml").write_text("a: 1")
    (tmp_path / "shop.yaml").write_text("a: 1")
    root = read("shop.yaml")
    with pytest.raises(DanglingReference) as caught:
        References(root).resolve("pet.yaml#/Pet", Node(root.value, root))
    assert caught.value.fact == "'pet.yaml#/Pet': pet.yaml: there is no such file"
    assert caught.value.mend == "Did you mean 'pets.yaml'?"


def test_a_file_that_cannot_be_read_dangles_with_its_findings(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pet.yaml").write_text("a: [")
    (tmp_path / "shop.yaml").write_text("a: 1")
    root = read("shop.yaml")
    references = References(root)
    for _ in range(2):
        with pytest.raises(DanglingReference) as caught:
            references.resolve("pet.yaml", Node(root.value, root))
        assert [(finding.file, finding.line, finding.code) for finding in caught.value.findings] == [
            ("pet.yaml", 1, "yaml-syntax")
        ]


def test_the_limit_holds_for_other_files(tmp_path: Path):
    (tmp_path / "big.yaml").write_text("a: 123456789")
    (tmp_path / "shop.yaml").write_text("a: 1")
    root = read(str(tmp_path / "shop.yaml"))
    with pytest.raises(DanglingReference, match="it has 12 bytes, where 9 are allowed"):
        References(root, max_bytes=9).resolve("big.yaml", Node(root.value, root))


def test_nothing_is_fetched_unless_a_retrieve_is_given():
    root = document("a: 1")
    with pytest.raises(RemoteReference) as caught:
        References(root).resolve("https://example.com/pet.yaml#/Pet", Node(root.value, root))
    assert "on the network" in caught.value.fact


def test_retrieve_gives_documents_once_and_they_refer_on():
    fetched = []

    def retrieve(url: str) -> bytes:
        fetched.append(url)
        texts = {
            "https://example.com/v1/pet.yaml": b"Pet: {$ref: 'owner.yaml#/Owner'}",
            "https://example.com/v1/owner.yaml": b"Owner: {type: object}",
        }
        if url not in texts:
            raise OSError("404 Not Found")
        return texts[url]

    root = document("a: {$ref: 'https://example.com/v1/pet.yaml#/Pet'}\nb: {$ref: 'https://example.com/gone'}")
    references = References(root, retrieve=retrieve)
    node = Node(root.value, root)
    for _ in range(2):
        found = references.follow(node.child("a"))
        assert (found.value, found.document.uri) == ({"type": "object"}, "https://example.com/v1/owner.yaml")
        with pytest.raises(DanglingReference, match="cannot be fetched: 404 Not Found"):
            references.follow(node.child("b"))
    assert fetched == [
        "https://example.com/v1/pet.yaml",
        "https://example.com/v1/owner.yaml",
        "https://example.com/gone",
    ]


def test_anchors_and_ids():
    root = document(
        """
schemas:
  Pet: {$anchor: pet, type: object}
  Tree:
    $id: https://example.com/tree
    $defs:
      node: {$anchor: node, items: {$ref: '#node'}}
    below: {$ref: '#/$defs/node'}
    above: {$ref: '#/schemas/Pet'}
    leaf: {$ref: leaf}
  Leaf: {$id: https://example.com/leaf, type: string}
  Old: {id: '#old', $id: '#older'}
"""
    )
    references = References(root)
    node = Node(root.value, root)
    tree = node.child("schemas").child("Tree")
    inner = tree.child("$defs").child("node")
    assert references.resolve("#pet", node).pointer == ("schemas", "Pet")
    assert references.resolve("#older", node).pointer == ("schemas", "Old")
    assert references.resolve("https://example.com/tree", node) == tree
    assert references.resolve("https://example.com/tree#node", node) == inner
    assert references.resolve("https://example.com/tree#/$defs/node", node) == inner
    assert references.follow(inner.child("items")) == inner
    assert references.follow(tree.child("below")) == inner
    assert references.follow(tree.child("above")).pointer == ("schemas", "Pet")
    assert references.follow(tree.child("leaf")).value["type"] == "string"
    with pytest.raises(DanglingReference) as caught:
        references.resolve("#pett", node)
    assert caught.value.mend == "Did you mean 'pet'?"


def test_self_is_the_base_of_references():
    root = document(
        "openapi: 3.2.0\n$self: https://example.com/api/shop\na: {$ref: 'pet#/Pet'}\nb: {$ref: '#/c'}\nc: 1\n"
    )
    references = References(root, retrieve=lambda url: b"Pet: " + url.encode())
    node = Node(root.value, root)
    assert references.follow(node.child("a")).value == "https://example.com/api/pet"
    assert references.follow(node.child("b")).value == 1
    assert references.resolve("https://example.com/api/shop#/c", node).value == 1


def test_a_file_beside_the_description_stands_for_what_its_self_makes_of_a_relative_reference(tmp_path: Path):
    (tmp_path / "common.yaml").write_text(
        "Pet: {$ref: 'shop.yaml#/a'}\nDog: {$ref: 'https://example.com/api/shop.yaml#/a'}\n"
    )
    (tmp_path / "shop.yaml").write_text("openapi: 3.2.0\n$self: https://example.com/api/shop.yaml\na: {type: string}\n")
    shop = read(str(tmp_path / "shop.yaml"))
    references = References(shop)
    for ref in ("common.yaml#/Pet", "./common.yaml#/Dog"):
        found = references.resolve(ref, Node(shop.value, shop))
        assert found.document.uri == str(tmp_path / "common.yaml")
        assert references.follow(found).value == {"type": "string"}
    assert list(references.documents) == [str(tmp_path / "shop.yaml"), str(tmp_path / "common.yaml")]


def test_without_such_a_file_it_is_on_the_network(tmp_path: Path):
    shop = document("openapi: 3.2.0\n$self: https://example.com/api/shop.yaml\n", str(tmp_path / "shop.yaml"))
    with pytest.raises(RemoteReference) as caught:
        References(shop).resolve("common.yaml#/Pet", Node(shop.value, shop))
    assert (caught.value.fact, caught.value.mend) == (
        "'common.yaml#/Pet' is https://example.com/api/common.yaml by the description's $self, on the network, "
        "and nothing is fetched from there",
        "Put a copy beside the description, as common.yaml",
    )
    with pytest.raises(RemoteReference, match=r"^'/api/common\.yaml' is on the network"):
        References(shop).resolve("/api/common.yaml", Node(shop.value, shop))


def test_a_retrieve_comes_before_the_file_beside_the_description(tmp_path: Path):
    (tmp_path / "common.yaml").write_text("a: 1\n")
    shop = document("openapi: 3.2.0\n$self: https://example.com/api/shop.yaml\n", str(tmp_path / "shop.yaml"))
    references = References(shop, retrieve=lambda url: f"url: {url}".encode())
    assert references.resolve("common.yaml", Node(shop.value, shop)).value == {
        "url": "https://example.com/api/common.yaml"
    }


def test_keys_that_stand_twice_in_other_files_are_kept_as_findings(tmp_path: Path):
    (tmp_path / "shop.yaml").write_text("a: 1")
    (tmp_path / "pet.yaml").write_text("Pet: 1\nPet: 2\n")
    root = read(str(tmp_path / "shop.yaml"))
    references = References(root)
    assert references.resolve("pet.yaml#/Pet", Node(root.value, root)).value == 2
    assert [(finding.line, finding.code) for finding in references.findings] == [(2, "duplicate-key")]
    with pytest.raises(FindingsError):
        read(str(tmp_path / "pet.yaml"))
