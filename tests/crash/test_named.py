"""What stands beside a secret's name in a text, in every way in which texts say it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pymacaron.crash.named import without_named
from pymacaron.crash.scrubbing import Scrubbing, is_secret

X = "hunter2horse9"

#: Texts with the secret X, and what is left of each; § stands for the mask
TEXTS = {
    f'{{"password": "{X}"}}': '{"password": §}',
    f'{{\\"password\\": \\"{X}\\", \\"a\\": 1}}': '{\\"password\\": §, \\"a\\": 1}',
    json.dumps(json.dumps(json.dumps({"password": X}))): '"\\"{\\\\\\"password\\\\\\": §}\\""',
    f'{{"passwords": ["{X}", "{X}"], "a": 1}}': '{"passwords": §, "a": 1}',
    f'{{"secret": {{"a": "}}", "b": "{X}"}}, "c": 1}}': '{"secret": §, "c": 1}',
    f"{{'tokens': ('abc', '{X}'), 'a': 1}}": "{'tokens': §, 'a': 1}",
    f"{{'password': b'a {X}'}}": "{'password': §}",
    f"userPassword={X}&a=1": "userPassword=§&a=1",
    f"DB_PASSWORD={X} psql": "DB_PASSWORD=§ psql",
    f"user[password]={X}&a=1": "user[password]=§&a=1",
    f"user%5Bpassword%5D={X}&a=1": "user%5Bpassword%5D=§&a=1",
    f"user.password.value={X}": "user.password.value=§",
    f"password%3D{X}": "password%3D§",
    f"d['password'] = '{X}'": "d['password'] = §",
    f':password=>"{X}", :a=>1': ":password=>§, :a=>1",
    f'password="""a "b" {X}""" + c': "password=§ + c",
    f'cut: {{"password": "a {X}': 'cut: {"password": §',
    f"login --api-token {X} --verbose": "login --api-token § --verbose",
    f"with password '{X}' for ann": "with password § for ann",
    f"the token is '{X}'.": "the token is §.",
    f"password:\n  {X}\nuser: ann": "password:\n  §\nuser: ann",
    f"password: |\n  {X}\nuser: ann": "password: |\n  §\nuser: ann",
    f"password:          {X}": "password:          §",
    f"<Password xsi:type='a'>{X}</Password>": "<Password xsi:type='a'>§</Password>",
    f'Content-Disposition: form-data; name="password"\r\n\r\n{X}\r\n--b': (
        'Content-Disposition: form-data; name="password"\r\n\r\n§\r\n--b'
    ),
    f"AccountName=shop;AccountKey={X}==;Suffix=net": "AccountName=shop;AccountKey=§;Suffix=net",
    f"https://files.example.com/a?sv=1&sig={X}&se=2": "https://files.example.com/a?sv=1&sig=§&se=2",
    f"Cookie: a=b; session={X}\nHost: here": "Cookie: §\nHost: here",
    f"Set-Cookie: sid={X}; Path=/\nHost: here": "Set-Cookie: §\nHost: here",
    f'Authorization: Digest username="ann", response="{X}"\nHost: here': "Authorization: §\nHost: here",
    f"Authorization: ApiKey {X}\nHost: here": "Authorization: §\nHost: here",
    f"[('X-Api-Key', '{X}'), ('Host', 'here')]": "[('X-Api-Key', §), ('Host', 'here')]",
    f"[(b'authorization', b'Basic {X}')]": "[(b'authorization', §)]",
    f'[{{"name": "password", "value": "{X}"}}, {{"name": "a", "value": 1}}]': (
        '[{"name": "password", "value": §}, {"name": "a", "value": 1}]'
    ),
    f"connect(dbPwd='{X}', a=1)": "connect(dbPwd=§, a=1)",
    f"userPwd: {X}": "userPwd: §",
    f"<password><![CDATA[{X}]]></password><a>": "<password>§</password><a>",
    f"<password> <![CDATA[<{X}>]]> {X}</password><a/>": "<password>§</password><a/>",
    f"</a><password><![CDATA[{X} cut, a": "</a><password>§",
    "pin: 4711, otp=123456, cvv: 123": "pin: §, otp=§, cvv: §",
    f'{{"kty": "EC", "d": "{X}", "x": "1"}}': '{"kty": "EC", "d": "§", "x": "1"}',
}


@pytest.mark.parametrize(("text", "left"), TEXTS.items())
def test_the_value_of_a_secrets_name_is_masked_and_no_more(text: str, left: str):
    assert without_named(text) == left.replace("§", "********")
    assert X not in Scrubbing().text(f"\u0130 {text}")  # of which lower() makes two letters


@pytest.mark.parametrize(
    "text",
    [
        "Authorization header must start with Bearer",
        "the password is too short",
        "the members 'password' and 'name' are required",
        "shipping is 3, opinion: none, spin=2, signal=9, tokens",
        "key=colour, monkey: 3, passenger=ann",
        'File "/srv/shop/api.py", line 3, in get_order\n    return session.query(Order).filter(name == "x")',
        "token ''",
    ],
)
def test_a_text_that_only_speaks_of_secrets_stays(text: str):
    assert Scrubbing().text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "AIza" + "Ab1-" * 9,
        "sk-proj-" + "a1B2" * 10,
        "SG." + "a" * 22 + "." + "b" * 43,
        "whsec_" + "a1" * 12,
        "pypi-AgE" + "a1" * 20,
        "hf_" + "a1" * 16,
        "https://discord.com/api/webhooks/1234/abcdefghijkl",
        "https://x.webhook.office.com/webhookb2/abc@def/IncomingWebhook/123",
        "Bearer abc123def",
        "x=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2oja.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvT",
        "eyJhbGciOiJIUzI1NiJ9%2EeyJzdWIiOiIxIn0%2ENFEMIK7MDENG",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nabcdef\n-----END PGP PRIVATE KEY BLOCK-----",
    ],
)
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(text: str):
    clean = Scrubbing().text(f"it said {text} again")
    assert clean.startswith("it said ")
    assert clean.endswith(" again")
    assert "********" in clean
    assert not any(part in clean for part in ("abc", "aaaa", "a1a1", "Ab1-", "a1B2", "FEMI", "5eym", "FBoM"))


def test_names_are_secret_in_any_spelling():
    names = "Passwords PASS-CODE pass.word userPwd apiKeys X-API-KEY pin otp sig sid AccountKey csrf cvv auth"
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "PASSWORD")  # the letters of Chinese and Japanese texts
    assert [name for name in (*names.split(), wide) if not is_secret(name)] == []
    harmless = "name shipping is_auth author key passenger signal opinion design session_count"
    assert [name for name in harmless.split() if is_secret(name)] == []


def test_the_secret_members_of_a_json_web_key_are_masked():
    key = {"kty": "RSA", "n": "public", "d": "hidden", "p": "hidden", "k": ""}
    expected = {"kty": "RSA", "n": "public", "d": "********", "p": "********", "k": ""}
    assert Scrubbing().value({"keys": [key], "d": "a day"}) == {"keys": [expected], "d": "a day"}


def test_a_value_is_masked_whose_name_stands_beside_it():
    fields = [{"name": "password", "value": "hidden"}, {"key": "api_key", "value": 1}, {"name": "a", "value": "b"}]
    masked = [{"name": "password", "value": "********"}, {"key": "api_key", "value": "********"}, fields[2]]
    assert Scrubbing().value({"fields": fields}) == {"fields": masked}


#: Of which a text is made that patterns would look at again and again
PARTS = [
    "password", "password=(", "('password', ", "--password ", 'name="password" x', "a://", "a://a:", "token.", "\\",
    'name="' + "token" * 16 + '"', 'name="' + "token" * 16 + '"\r\n', 'name="pin"', "<password a", "<token><![CDATA[",
    "eyJaaaaaaaa-", "eyJaaaaaaaa.", "cookie: x\n", "pw=x ", "pw=x;", "a=1;pw=x ", "('token", '"name":"token","value":"',
    "-----BEGIN PRIVATE KEY-----", "bearer a", "AKIA", "SG.aaaaaaaaaaaaaaaaa-",
    "jdbc:oracle:a:a/", "a/a@//", "port could not be cast to integer value as '", "password=  ", 'token=\\"x', "pwd",
    '{"kty": "d": "', "a@", "basic aaaa",
]  # fmt: skip


def run(script: str) -> None:
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_text_of_any_shape_is_read_once():
    run(f"""
from pymacaron.crash.scrubbing import Scrubbing
for part in {PARTS!r}:
    text = (part * (50_000 // len(part) + 1))[:50_000]
    assert len(Scrubbing().text(text, 50_000)) <= 100_000, part
    Scrubbing().end(text, 20_000)
    Scrubbing().code(text)
""")


@pytest.mark.parametrize("part", ['name="' + "token" * 16 + '"', "eyJaaaaaaaa-", "token=[" + '"' + '\\"' * 12_000])
def test_what_another_character_costs_does_not_grow_with_the_text(part: str):
    # Each took more than ten seconds for one such text
    run(f"""
from pymacaron.crash.scrubbing import LONGEST, Scrubbing
text = ({part!r} * (LONGEST // {len(part)} + 1))[:LONGEST]
for _ in range(8):
    Scrubbing().text(text, LONGEST)
""")


@pytest.mark.parametrize("form", ["\r\n", "\n", "\\r\\n"])
def test_of_a_form_the_parts_are_masked_that_are_called_like_secrets(form: str):
    part = '--b{}Content-Disposition: form-data; name="{}"{}Content-Type: text/plain{}{}{}{}'
    parts = [part.format(form, name, form, form, form, X, form) for name in ("user", "my_password", "pin", "city")]
    clean = without_named("".join(parts) + "--b--")
    kept = [part.format(form, "user", form, form, form, X, form)]
    kept += [part.format(form, name, form, form, form, "********", form) for name in ("my_password", "pin")]
    kept += [part.format(form, "city", form, form, form, X, form)]
    assert clean == "".join(kept) + "--b--"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Server=db;User Id=sa;Password=My Secret Pw;", "Server=db;User Id=sa;Password=********;"),
        ("Server=db;Password=My Secret Pw", "Server=db;Password=********"),
        ("Password=My Secret Pw;Server=db", "Password=********;Server=db"),
        ("'Server=db; User Password = My Secret Pw; Port=1'", "'Server=db; User Password = ********; Port=1'"),
        ("Server=db;Password=a=b c;Port=1", "Server=db;Password=********;Port=1"),
        ("password=hunter2 is wrong; try again", "password=******** is wrong; try again"),
        ("a=1;b=2\npassword=hunter2 is wrong", "a=1;b=2\npassword=******** is wrong"),
    ],
)
def test_a_password_with_spaces_ends_at_the_semicolon_of_its_connection_string(text: str, clean: str):
    assert Scrubbing().text(text) == clean
