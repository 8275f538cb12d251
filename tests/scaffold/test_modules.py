"""What is added to a module's text, and that nothing else of it changes."""

from __future__ import annotations

import ast

import pytest

from pymacaron.finding import FindingsError
from pymacaron.scaffold.modules import Source

FUNCTION = ("def wipe() -> None:", "    example()")
HEAD = '''\
"""Handlers."""

import json
from datetime import UTC

from pymacaron.auth import get_userid

from shop import store

LIMIT = 3


def get():
    return store.get()
'''


def added(text: str, *imports: str, function: tuple[str, ...] = FUNCTION) -> str:
    found = Source(text, "shop/api.py").with_added(imports, [function] if function else [], "shop")
    ast.parse(found)
    return found


def test_functions_go_to_the_end_behind_two_empty_lines() -> None:
    assert added(HEAD) == HEAD + "\n\ndef wipe() -> None:\n    example()\n"
    assert added(HEAD + "\n\n\n") == added(HEAD) == added(HEAD.rstrip("\n"))


def test_a_module_without_text_begins_with_the_function() -> None:
    assert added("") == "def wipe() -> None:\n    example()\n"


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("from uuid import UUID", "from datetime import UTC\n", "from datetime import UTC\nfrom uuid import UUID\n"),
        ("from base64 import b64decode", "import json\n", "import json\nfrom base64 import b64decode\n"),
        ("from datetime import date", "import UTC\n", "import UTC, date\n"),
        ("from datetime import UTC", "import UTC\n", "import UTC\n"),
        (
            "from pymacaron import Upload, example",
            "from pymacaron.auth",
            "from pymacaron import Upload, example\nfrom pymacaron.auth",
        ),
        (
            "from werkzeug.wrappers import Response",
            "import get_userid\n",
            "import get_userid\nfrom werkzeug.wrappers import Response\n",
        ),
        ("from shop import apis", "from shop import store", "from shop import apis, store"),
        ("from shop.apis import shop", "import store\n", "import store\nfrom shop.apis import shop\n"),
    ],
)
def test_an_import_stands_where_isort_has_it(line: str, before: str, after: str) -> None:
    assert before in HEAD
    assert added(HEAD, line, function=()) == HEAD.replace(before, after, 1)


def test_a_section_of_imports_that_was_not_there_has_an_empty_line_around_it() -> None:
    text = "import json\n\nfrom shop import store\n\nA = 1\n"
    assert added(text, "from pymacaron import example", function=()) == (
        "import json\n\nfrom pymacaron import example\n\nfrom shop import store\n\nA = 1\n"
    )
    assert added("from shop import store\n", "from uuid import UUID", function=()) == (
        "from uuid import UUID\n\nfrom shop import store\n"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"""Handlers."""\nA = 1\n', '"""Handlers."""\n\nfrom uuid import UUID\n\nA = 1\n'),
        ("#!/usr/bin/env python\n# Ours\nA = 1\n", "#!/usr/bin/env python\n# Ours\n\nfrom uuid import UUID\n\nA = 1\n"),
        ("A = 1\n", "from uuid import UUID\n\nA = 1\n"),
        ('"""Handlers."""\n', '"""Handlers."""\n\nfrom uuid import UUID\n'),
        ("", "from uuid import UUID\n"),
    ],
)
def test_the_first_import_stands_below_docstring_and_comments(text: str, wanted: str) -> None:
    assert added(text, "from uuid import UUID", function=()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import (\n    UTC,\n)\n",
        "from datetime import UTC  # for now\n",
        "from datetime import UTC; A = 1\n",
    ],
)
def test_an_import_that_is_written_otherwise_stays_as_it_is(text: str) -> None:
    assert text in added(text, "from datetime import date", function=())


def test_line_ends_and_odd_characters_stay_as_they_are() -> None:
    text = 'A = "\x0c \x1c \u2028"\r\n\r\n\r\nB = 1'
    assert added(text, "from uuid import UUID") == (
        'from uuid import UUID\r\n\r\nA = "\x0c \x1c \u2028"\r\n\r\n\r\nB = 1\r\n\r\n\r\n'
        "def wipe() -> None:\r\n    example()\r\n"
    )


def test_names_are_those_that_the_module_has_and_no_others() -> None:
    source = Source(
        "import a.b\nfrom c import d as e\nif x:\n    f = 1\n\ndef g():\n    h = 1\nclass I: j = 2\n", "m.py"
    )
    assert source.names == {"a", "e", "f", "g", "I"}
    assert source.imported == {"e": "c.d"}
    assert source.functions == {"g"}
    assert (source.stars, source.is_open) == ([], False)


def test_what_is_imported_from_the_own_package_has_its_whole_path() -> None:
    text = "from . import a\nfrom .b import c as d\nfrom ..e import f\nfrom .g import *\nfrom ....h import *\n"
    source = Source(text, "shop/orders/api.py", "shop.orders")
    assert source.imported == {"a": "shop.orders.a", "d": "shop.orders.b.c", "f": "shop.e.f", "*": "shop.orders.g.*"}
    assert (source.stars, source.is_open) == (["shop.orders.g"], True)


def test_a_module_with_getattr_may_have_names_that_its_text_does_not_tell() -> None:
    assert Source("def __getattr__(name): ...\n", "m.py").is_open


def test_a_byte_order_mark_stays_where_it_is() -> None:
    assert Source("\ufeff" + HEAD, "m.py").with_added([], [FUNCTION], "shop") == "\ufeff" + added(HEAD)


def test_what_is_no_python_is_a_finding() -> None:
    with pytest.raises(FindingsError) as raised:
        Source("def f(:\n", "shop/api.py")
    assert str(raised.value) == "shop/api.py:1:7: error[module-import]: it is no Python: invalid syntax"


def test_a_byte_order_mark_stays_before_all_else() -> None:
    text = Source("\ufefflimit = 3\n", "api.py").with_added(["from pymacaron import example"], [FUNCTION], "shop")
    assert text == ("\ufefffrom pymacaron import example\n\nlimit = 3\n\n\ndef wipe() -> None:\n    example()\n")
