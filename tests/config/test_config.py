"""pym-config.yaml and the environment: what is in force, and everything that can be wrong with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError, text

FOLDER = Path("pym-config.yaml")
STRONG = "0123456789abcdef0123456789abcdef"
JWT = f"jwt_secret: {STRONG}\njwt_issuer: me\njwt_audience: us\n"


def write(content: str, name: str = "pym-config.yaml") -> str:
    Path(name).write_text(content)
    return name


def found(content: str, environ: dict[str, str] | None = None, *, debug: bool = False) -> str:
    """What `pymacaron check` would print of a config."""
    return text(config.findings(write(content), environ or {}, debug=debug))


# --- reading


def test_every_key_of_the_file_is_an_attribute():
    write("name: shop\nlive_host: https://shop.example.com\nmy_limits:\n  a: 1\n  b: [2, 3]\n")
    conf = config.get_config()
    assert (conf.name, conf.live_host, conf.my_limits) == ("shop", "https://shop.example.com", {"a": 1, "b": [2, 3]})


def test_live_url_is_live_host_unless_it_is_set():
    write("name: shop\nlive_host: https://shop.example.com\n")
    assert config.get_config().live_url == "https://shop.example.com"
    write("name: shop\nlive_host: https://shop.example.com\nlive_url: https://www.example.com\n")
    assert config.load().live_url == "https://www.example.com"


def test_without_a_file_there_are_the_defaults():
    conf = config.get_config()
    assert {key: getattr(conf, key) for key in config.SETTINGS if not config.SETTINGS[key].demanded} == {
        "env_secrets": [],
        "jwt_secret": None,
        "jwt_algorithm": "HS256",
        "jwt_key_files": [],
        "jwt_issuers": [],
        "jwt_leeway": 300,
        "jwt_audience": None,
        "jwt_issuer": None,
        "jwt_cookie": "token",
        "jwt_token_timeout": 86400,
        "default_user_id": None,
        "report_call_exceeding_ms": 1000,
        "report_errors": True,
        "report_window_s": 60,
        "reports_per_minute": 60,
        "report_timeout_s": 10,
        "report_log": None,
        "report_webhook": None,
        "report_email_to": [],
        "report_email_from": None,
        "smtp_host": None,
        "smtp_port": None,
        "smtp_security": "starttls",
        "smtp_user": None,
        "smtp_password": None,
        "sentry_dsn": None,
        "debug": False,
        "error_format": "json",
        "response_validation": "report",
        "response_sample": None,
        "unknown_parameters": "ignore",
        "dispatch": "direct",
        "security": True,
        "ignore_base_path": False,
        "docs": None,
        "cors": True,
        "cors_credentials": False,
        "cors_methods": [],
        "cors_expose": [],
        "security_headers": "usual",
        "hsts_max_age": None,
        "compress": True,
        "compress_min_bytes": 1024,
        "max_document_bytes": 50_000_000,
        "max_content_length": None,
        "max_item_bytes": 1_000_000,
        "max_form_parts": None,
        "max_form_memory_size": None,
        "idempotency_store": "memory",
        "idempotency_keep_s": 86_400,
        "idempotency_hold_s": 60,
        "idempotency_max_bytes": 1_000_000,
        "rate_limit_store": "memory",
        "rate_limit_without_store": "pass",
        "trusted_proxies": 0,
        "server_port": None,
        "log_format": "text",
        "access_log": False,
        "healthd_log": None,
        "client_log": False,
        "metrics": "",
        "metrics_token": None,
        "traces": False,
        "liveness_path": "/livez",
        "readiness_path": "/readyz",
        "startup_path": "/startupz",
        "readiness_timeout": 1,
        "shutdown_delay": 3,
        "worker_count": None,
        "clients": None,
        "with_async": False,
        "broker_url": None,
        "task_processes": 2,
        "task_keep_s": 86_400,
        "task_stop_s": 20,
        "task_table": None,
        "store_url": None,
        "table_prefix": "",
        "aws_user": None,
        "aws_keypair": None,
        "aws_instance_type": None,
        "aws_cert_arn": None,
        "aws_region": None,
        "aws_default_region": None,
        "aws_access_key_id": None,
        "aws_secret_access_key": None,
        "aws_hosts_min": None,
        "aws_hosts_max": None,
        "docker_repo": None,
        "docker_bucket": None,
        "deploy": None,
    }


def test_every_setting_is_explained():
    assert [setting.name for setting in config.SETTINGS.values() if not setting.doc] == []


def test_a_demanded_key_without_a_file_says_where_it_was_looked_for():
    config.load(start_dir="/")
    with pytest.raises(ConfigError) as caught:
        _ = config.get_config().live_host
    assert str(caught.value) == (
        f"live_host is not set: there is no pym-config.yaml in /, {os.getcwd()} or above. "
        "Create one with a line 'live_host: ...', or set it with: export PYM_LIVE_HOST=..."
    )


def test_a_key_that_the_file_lacks_is_named_with_the_nearest_one():
    write("name: shop\nmy_limit: 3\n")
    conf = config.get_config()
    with pytest.raises(ConfigError, match=r"^live_host is not set in pym-config.yaml. Add a line: live_host: ...$"):
        _ = conf.live_host
    with pytest.raises(ConfigError, match=r"^my_limits is not set in pym-config.yaml. Did you mean 'my_limit'\?$"):
        _ = conf.my_limits
    assert not hasattr(conf, "my_limits")


def test_demand_wants_a_value():
    write("name: shop\n")
    assert config.demand("name") == "shop"
    with pytest.raises(ConfigError, match=r"^jwt_secret is not set in pym-config.yaml. Add a line: jwt_secret: ...$"):
        config.demand("jwt_secret")


def test_the_config_is_read_when_it_is_first_asked_for():
    conf = config.get_config()
    write("name: late\n")
    assert conf.name == "late"
    assert config.get_config() is conf


# --- finding the file


def test_the_file_of_the_environment_is_taken_first(monkeypatch: pytest.MonkeyPatch):
    write("name: usual\n")
    write("name: staged\n", "pym-config.staging.yaml")
    assert config.load().name == "usual"
    monkeypatch.setenv("PYM_ENV", "staging")
    assert config.load().name == "staged"
    monkeypatch.setenv("PYM_ENV", "other")
    assert config.load().name == "usual"


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "."])
def test_an_environment_is_no_path(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYM_ENV", name)
    Path("../pym-config.yaml").unlink(missing_ok=True)
    assert config.find_file("/") is None


def test_the_folder_of_the_script_goes_before_the_working_directory_and_that_before_those_above():
    here = Path.cwd()
    (here / "script").mkdir()
    (here / "work").mkdir()
    os.chdir(here / "work")
    assert config.find_file(here / "script") is None
    for folder in (here, here / "work", here / "script"):
        (folder / "pym-config.yaml").write_text("name: shop\n")
        assert config.find_file(here / "script") == str(folder / "pym-config.yaml")


def test_letsgo_wants_a_file():
    with pytest.raises(FindingsError) as caught:
        config.require_file("/")
    assert str(caught.value) == (
        f"pym-config.yaml: error[missing-config]: there is no pym-config.yaml in /, {os.getcwd()} or above\n"
        "    Create pym-config.yaml beside your server.py, with the lines\n"
        "        name: myservice\n"
        "        live_host: http://localhost"
    )
    write("name: shop\n")
    assert config.require_file("/") == str(Path.cwd() / "pym-config.yaml")


# --- precedence and types


def test_settings_win_over_the_environment_over_the_file_over_the_default():
    write("name: shop\nworker_count: 2\ncompress: false\ncompress_min_bytes: 5\nserver_port: 1\n")
    conf = config.load(
        settings={"worker_count": 4, "response_validation": "off"},
        environ={"PYM_WORKER_COUNT": "3", "PYM_SERVER_PORT": "8080", "PYM_RESPONSE_VALIDATION": "strict"},
    )
    assert (conf.worker_count, conf.server_port, conf.compress_min_bytes, conf.compress) == (4, 8080, 5, False)
    assert (conf.response_validation, conf.docs) == ("off", None)


def test_an_empty_variable_sets_nothing():
    write("name: shop\nworker_count: 2\n")
    assert config.load(environ={"PYM_WORKER_COUNT": ""}).worker_count == 2


@pytest.mark.parametrize(
    ("variable", "content", "value"),
    [
        ("PYM_COMPRESS", "no", False),
        ("PYM_COMPRESS", "OFF", False),
        ("PYM_COMPRESS", "0", False),
        ("PYM_WITH_ASYNC", "true", True),
        ("PYM_WITH_ASYNC", "Yes", True),
        ("PYM_WITH_ASYNC", "on", True),
        ("PYM_WITH_ASYNC", "1", True),
        ("PYM_RESPONSE_VALIDATION", "false", "off"),
        ("PYM_RESPONSE_VALIDATION", "OFF", "off"),
        ("PYM_RESPONSE_VALIDATION", "true", "strict"),
        ("PYM_RESPONSE_VALIDATION", "Report", "report"),
        ("PYM_RESPONSE_SAMPLE", "0.01", 0.01),
        ("PYM_REPORT_CALL_EXCEEDING_MS", "250", 250),
        ("PYM_REPORT_CALL_EXCEEDING_MS", "0.5", 0.5),
        ("PYM_WORKER_COUNT", " 8 ", 8),
        ("PYM_DEFAULT_USER_ID", "007", "007"),
        ("PYM_ENV_SECRETS", "PATH, HOME", ["PATH", "HOME"]),
        ("PYM_CORS", "false", False),
        ("PYM_CORS", "https://a.example, https://b.example", ["https://a.example", "https://b.example"]),
        ("PYM_CORS", "*", True),
        ("PYM_RESPONSE_VALIDATION", "Strict", "strict"),
        ("PYM_MY_FLAG", "no", False),
        ("PYM_MY_NUMBER", "-4", -4),
        ("PYM_MY_LIST", "a, b", ["a", "b"]),
        ("PYM_MY_TEXT", "12", "12"),
    ],
)
def test_variables_are_read_as_what_the_key_is(variable: str, content: str, value: Any):
    write("name: shop\nmy_flag: true\nmy_number: 3\nmy_list: []\nmy_text: x\n")
    conf = config.load(environ={variable: content, "PATH": "/bin", "HOME": "/root"})
    got = getattr(conf, variable[4:].lower())
    assert (got, type(got)) == (value, type(value))
    assert config.validate() == []


def test_a_variable_that_does_not_fit_is_named():
    environ = {"PYM_WORKER_COUNT": "many", "PYM_COMPRESS": "perhaps", "PYM_MY_FLAG": "nope", "PYM_CORS": "?"}
    assert found("name: shop\nmy_flag: true\n", environ) == (
        "environment: error[config-type]: PYM_COMPRESS is 'perhaps', not true or false\n"
        "    Set it as in: export PYM_COMPRESS=true\n"
        "environment: error[config-type]: PYM_MY_FLAG is not true or false, as the file has it\n"
        "    Give one of that kind\n"
        "environment: error[config-type]: PYM_WORKER_COUNT is 'many', not a whole number\n"
        "    Set it as in: export PYM_WORKER_COUNT=3"
    )


@pytest.mark.parametrize(
    ("variable", "content", "fact"),
    [
        (
            "PYM_MAX_CONTENT_LENGTH",
            "9" * 5000,
            f"{'9' * 76!r}..., more than 9223372036854775807".replace("'...", "..."),
        ),
        ("PYM_MAX_CONTENT_LENGTH", "9223372036854775808", "'9223372036854775808', more than 9223372036854775807"),
        ("PYM_SERVER_PORT", "65536", "'65536', more than 65535"),
        ("PYM_REPORT_CALL_EXCEEDING_MS", "1e300", "'1e300', more than 9223372036854775807"),
    ],
)
def test_a_number_that_is_too_large_is_a_finding(variable: str, content: str, fact: str):
    findings = config.resolve(None, environ={variable: content}).findings
    assert [(finding.code, finding.fact) for finding in findings] == [("config-type", f"{variable} is {fact}")]


def test_leading_zeros_make_no_number_larger():
    assert config.resolve(None, environ={"PYM_SERVER_PORT": "0" * 5000 + "80"}).values["server_port"] == 80


@pytest.mark.parametrize(
    ("settings", "fact"),
    [
        ({5: 6}, "the key 5 is a number, not a text"),
        ({10**5000: 6}, "the key a huge number is a number, not a text"),
        ({None: 6}, "the key None is something else, not a text"),
        ({"max_content_length": 10**5000}, "max_content_length is a huge number, more than 9223372036854775807"),
        ({"report_call_exceeding_ms": -1}, "report_call_exceeding_ms is -1, not a number of 0 or more"),
        ({"jwt_token_timeout": 2**63}, "jwt_token_timeout is 9223372036854775808, more than 9223372036854775807"),
        ({"name": 10**5000}, "name is a huge number, not a text"),
        ({"response_validation": 10**5000}, "response_validation is a huge number, not one of strict, report, off"),
        ({"debug": 10**5000}, "debug is a huge number, not true or false"),
        ({"debug": "maybe"}, "debug is 'maybe', not true or false"),
        ({"debug": 1}, "debug is 1, not true or false"),
        ({"debug": 0}, "debug is 0, not true or false"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_findings(settings: dict[Any, Any], fact: str):
    config.load(settings=settings)
    found = config.validate()
    assert [(finding.file, finding.code, finding.fact) for finding in found] == [
        ("API(settings=...)", "config-type", fact)
    ]
    assert not config.is_dev()


@pytest.mark.parametrize(
    ("debug", "dev"),
    [
        (True, True),
        ("true", True),
        ("1", True),
        (False, False),
        ("false", False),
        ("0", False),
        ("No", False),
        (None, False),
    ],
)
def test_debug_may_be_a_text(debug: Any, dev: bool):
    conf = config.load(settings={"debug": debug})
    assert (config.is_dev(), conf.debug, config.validate()) == (dev, dev, [])


def test_everything_wrong_in_the_file_is_said_at_once():
    content = (
        "name: 12\n"
        "worker_count: four\n"
        "with_async: maybe\n"
        "env_secrets: {a: b}\n"
        "cors: [https://a.example, 3]\n"
        "response_validation: strickt\n"
        "report_call_exceeding_ms: -1\n"
        "aws_hosts_min: true\n"
    )
    assert found(content) == (
        "pym-config.yaml:1:7: error[config-type]: name is 12, not a text\n"
        "     1 | name: 12\n"
        '               ^^ Write name: "12"\n'
        "pym-config.yaml:2:15: error[config-type]: worker_count is 'four', not a whole number\n"
        "     2 | worker_count: four\n"
        "                       ^^^^ Write worker_count: 3\n"
        "pym-config.yaml:3:13: error[config-type]: with_async is 'maybe', not true or false\n"
        "     3 | with_async: maybe\n"
        "                     ^^^^^ Write with_async: true\n"
        "pym-config.yaml:4:14: error[config-type]: env_secrets is a map, not a list of texts\n"
        "     4 | env_secrets: {a: b}\n"
        "                      ^ Write env_secrets: [ONE, TWO]\n"
        "pym-config.yaml:5:7: error[config-type]: cors is a list, not true, false or a list of origins such as "
        "https://example.com\n"
        "     5 | cors: [https://a.example, 3]\n"
        "               ^ Write cors: [https://example.com]\n"
        "pym-config.yaml:6:22: error[config-type]: response_validation is 'strickt', not one of strict, report, off\n"
        "     6 | response_validation: strickt\n"
        "                              ^^^^^^^ Write response_validation: strict\n"
        "pym-config.yaml:7:27: error[config-type]: report_call_exceeding_ms is -1, not a number of 0 or more\n"
        "     7 | report_call_exceeding_ms: -1\n"
        "                                   ^^ Write report_call_exceeding_ms: 1000\n"
        "pym-config.yaml:8:16: error[config-type]: aws_hosts_min is True, not a whole number\n"
        "     8 | aws_hosts_min: true\n"
        "                        ^^^^ Write aws_hosts_min: 1"
    )


@pytest.mark.parametrize("name", [name for name, one in config.SETTINGS.items() if one.kind in ("whole", "number")])
def test_the_number_that_a_mend_proposes_is_one_that_fits(name: str):
    [finding] = config.resolve(None, {name: "many"}).findings
    proposed = finding.mend.removeprefix(f"Write {name}: ")
    assert config.resolve(None, {name: float(proposed) if "." in proposed else int(proposed)}).findings == ()
    assert int(proposed) == config.SETTINGS[name].default or int(proposed) == config.SETTINGS[name].example


def test_a_broken_value_is_never_handed_out():
    write("name: shop\nworker_count: four\n")
    conf = config.get_config()
    with pytest.raises(ConfigError, match=r"pym-config.yaml:2:15: error\[config-type\]: worker_count is 'four'"):
        _ = conf.worker_count
    assert conf.name == "shop"


def test_a_misspelt_key_is_a_warning_and_other_keys_are_welcome():
    assert found("name: shop\nlive-host: x\nmy_bucket: y\nsecret_of_ours: z\n") == (
        "pym-config.yaml:2:1: warning[config-key]: 'live-host' is a key of your own, not a setting\n"
        "     2 | live-host: x\n"
        "         ^^^^^^^^^ Did you mean 'live_host'?"
    )


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("metricss: /m", "metrics"),
        ("smtp_portt: 5", "smtp_port"),
        ("report_emial_to: [a@b]", "report_email_to"),
        ("log_formt: json", "log_format"),
        ("env_secret: [X]", "env_secrets"),
        ("metrisc: 5", "metrics"),
    ],
)
def test_a_slip_of_a_key_is_a_warning_also_where_the_right_key_is_there(line: str, meant: str):
    values = {
        "metrics": "/metrics",
        "smtp_port": "25",
        "report_email_to": "[a@b.example]",
        "log_format": "json",
        "env_secrets": "[]",
    }
    there = f"name: shop\n{meant}: {values[meant]}\n"
    for content in (f"name: shop\n{line}\n", f"{there}{line}\n"):
        told = found(content)
        assert f"warning[config-key]: {line.partition(':')[0]!r} is a key of your own, not a setting" in told
        assert f"Did you mean {meant!r}?" in told


def test_a_word_that_is_only_like_a_setting_that_is_there_is_welcome():
    assert found("name: shop\nnames: [a]\ndocs: off\ndoc: x\nmetrics: /metrics\nmetrics_name: x\n") == ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("metrics: metrics", "not false, nor a path such as /metrics"),
        ("liveness_path: live", "not false, nor a path such as /livez"),
        ("jwt_leeway: -5", "not a whole number of 0 or more"),
        ("trusted_proxies: -1", "not a whole number of 0 or more"),
        ("trusted_proxies: 0.5", "not a whole number\n"),
    ],
)
def test_what_a_value_has_to_be_is_said_of_its_setting(line: str, told: str):
    assert told in found(f"name: shop\n{line}\n")


def test_a_path_is_shown_as_one_of_its_setting():
    assert "Write metrics: /metrics" in found("name: shop\nmetrics: metrics\n")


def test_a_wrong_member_of_an_issuer_is_shown_where_it_stands():
    told = found(
        "name: shop\njwt_issuers:\n  - {issuer: 'https://a', jwks: k}\n  - {issuer: 'https://b', audiance: c}\n"
    )
    assert told.startswith(
        "pym-config.yaml:4:37: error[config-type]: jwt_issuers is a list, of which one has 'audiance'"
    )
    told = found("name: shop\njwt_issuers:\n  - issuer: https://b\n    algorithms: [HS256]\n")
    assert told.startswith("pym-config.yaml:4:17: error[config-type]: jwt_issuers is a list, whose algorithms are not")


def test_a_misspelt_variable_is_a_warning():
    environ = {"PYM_WORKER_COUNTS": "3", "PYM_JWT_TOKEN": "x", "PYM_SERVER_HOST": "y", "PYM_HOLIDAY": "z"}
    assert found("name: shop\n", environ) == (
        "environment: warning[config-key]: no setting belongs to the variable PYM_WORKER_COUNTS\n"
        "    Did you mean PYM_WORKER_COUNT?"
    )


def test_a_misspelt_entry_of_settings_is_a_warning():
    config.load(settings={"compres": True})
    assert text(config.validate()) == (
        "API(settings=...): warning[config-key]: 'compres' is no setting\n    Did you mean 'compress'?"
    )


def test_a_config_that_is_no_map_is_said_to_be_none():
    assert found("- name\n- shop\n") == (
        "pym-config.yaml:1:1: error[config-type]: the config is a list, not keys and values\n"
        "    Write one key and value on each line, as in: name: myservice"
    )


# --- development


@pytest.mark.parametrize(
    ("settings", "environ", "dev"),
    [
        ({}, {}, False),
        ({"debug": True}, {}, True),
        ({}, {"PYM_ENV": "dev"}, True),
        ({}, {"PYM_ENV": "staging"}, False),
        ({}, {"PYM_DEBUG": "1"}, False),
    ],
)
def test_development_is_debug_or_the_environment_dev(settings: dict[str, Any], environ: dict[str, str], dev: bool):
    conf = config.load(settings=settings, environ=environ)
    assert (config.is_dev(), conf.debug) == (dev, dev)
    assert conf.response_validation == ("strict" if dev else "report")


def test_a_file_does_not_switch_development_on():
    assert found("debug: true\n") == (
        "pym-config.yaml:1:1: warning[config-key]: debug in a file does nothing: "
        "a forgotten one would open a live service\n"
        "     1 | debug: true\n"
        "         ^^^^^ Start with --debug, or set PYM_ENV=dev"
    )
    assert not config.is_dev()


# --- secrets


def test_values_that_env_secrets_lists_are_replaced():
    write(
        "name: MY_NAME\naws_secret_access_key: MY_AWS_SECRET\nmine: MY_AWS_SECRET\nother: NOT_LISTED\n"
        "env_secrets:\n  - MY_AWS_SECRET\n  - MY_NAME\n"
    )
    conf = config.load(environ={"MY_AWS_SECRET": "hush", "MY_NAME": "shop", "NOT_LISTED": "no"})
    assert (conf.name, conf.aws_secret_access_key, conf.mine, conf.other) == ("shop", "hush", "hush", "NOT_LISTED")
    assert config.validate() == []


@pytest.mark.parametrize("scheme", ["store_url: dynamodb://", "broker_url: sqs://"])
def test_keys_of_aws_may_name_a_variable_that_is_not_listed(scheme):
    content = f"{scheme}\naws_access_key_id: AWS_ID\naws_secret_access_key: AWS_KEY\n"
    assert found(content, {"AWS_ID": "AKIA0123456789ABCDEF", "AWS_KEY": "hush/hush"}) == ""
    conf = config.load(environ={"AWS_ID": "AKIA0123456789ABCDEF", "AWS_KEY": "hush/hush"})
    assert (conf.aws_access_key_id, conf.aws_secret_access_key) == ("AKIA0123456789ABCDEF", "hush/hush")
    assert "hush" not in repr(conf)
    assert found(content, {"AWS_ID": "AKIA0123456789ABCDEF"}) == (
        "pym-config.yaml:3:24: error[missing-secret]: AWS_KEY is not set; aws_secret_access_key asks for it\n"
        "     3 | aws_secret_access_key: AWS_KEY\n"
        "                                ^^^^^^^ Set it with: export AWS_KEY=..."
    )


def test_keys_of_aws_that_nothing_is_asked_with_need_not_be_set():
    assert found("store_url: memory://\naws_secret_access_key: AWS_KEY\n") == ""


def test_keys_of_aws_that_stand_in_the_file_are_told_and_not_shown():
    told = found("store_url: dynamodb://\naws_access_key_id: AKIA0123456789ABCDEF\naws_secret_access_key: hush/hush\n")
    assert [line.partition("]")[0] for line in told.splitlines() if "[" in line] == [
        "pym-config.yaml:2:20: warning[plain-secret",
        "pym-config.yaml:3:24: warning[plain-secret",
    ]
    assert "AKIA" not in told
    assert "hush" not in told


def test_every_missing_variable_is_named():
    content = (
        "aws_secret_access_key: MY_AWS_SECRET\njwt_secret: MY_JWT_SECRET\njwt_issuer: me\njwt_audience: us\n"
        "env_secrets:\n  - MY_AWS_SECRET\n  - EMPTY_ONE\n"
    )
    assert found(content, {"EMPTY_ONE": ""}) == (
        "pym-config.yaml:2:13: error[missing-secret]: MY_JWT_SECRET is not set; jwt_secret asks for it\n"
        "     2 | jwt_secret: MY_JWT_SECRET\n"
        "                     ^^^^^^^^^^^^^ Set it with: export MY_JWT_SECRET=...\n"
        "pym-config.yaml:6:5: error[missing-secret]: MY_AWS_SECRET is not set; env_secrets asks for it, "
        "and so does aws_secret_access_key (line 1)\n"
        "     6 |   - MY_AWS_SECRET\n"
        "             ^^^^^^^^^^^^^ Set it with: export MY_AWS_SECRET=...\n"
        "pym-config.yaml:7:5: error[missing-secret]: EMPTY_ONE is empty; env_secrets asks for it\n"
        "     7 |   - EMPTY_ONE\n"
        "             ^^^^^^^^^ Set it with: export EMPTY_ONE=..."
    )


@pytest.mark.parametrize("listed", ["", "env_secrets: [JWT_SECRET]\n"])
def test_a_missing_variable_never_makes_its_name_the_secret(listed: str):
    write(f"jwt_secret: JWT_SECRET\njwt_issuer: me\njwt_audience: us\n{listed}")
    conf = config.load(environ={})
    with pytest.raises(ConfigError, match="JWT_SECRET is not set"):
        _ = conf.jwt_secret
    assert [finding.code for finding in config.validate()] == ["missing-secret"]


def test_a_jwt_value_that_names_a_variable_is_replaced_by_it():
    write("jwt_secret: MY_SECRET\njwt_issuer: MY_ISSUER\njwt_audience: MY_AUDIENCE\n")
    conf = config.load(environ={"MY_SECRET": STRONG, "MY_ISSUER": "https://example.com"})
    assert (conf.jwt_secret, conf.jwt_issuer, conf.jwt_audience) == (STRONG, "https://example.com", "MY_AUDIENCE")
    assert config.validate() == []


def test_a_secret_written_into_env_secrets_is_not_repeated():
    report = found("env_secrets:\n  - hush-hush/12345678\n")
    assert report == (
        "pym-config.yaml:2:5: error[missing-secret]: env_secrets names the variables that hold secrets; "
        "its entry 1 cannot be such a name\n"
        "     2 |   - ********\n"
        "             ^^^^^^^^ Write names, never the secrets"
    )


def test_a_weak_jwt_secret_is_an_error_in_production_and_a_warning_in_development():
    content = "jwt_secret: hunter2\njwt_issuer: me\njwt_audience: us\n"
    shown = (
        "jwt_secret has 7 bytes; HS256 needs 32 or more, or the key can be guessed\n"
        "     1 | jwt_secret: ********\n"
        "                     ^^^^^^^^ Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    )
    assert found(content) == f"pym-config.yaml:1:13: error[weak-secret]: {shown}"
    assert found(content, debug=True) == f"pym-config.yaml:1:13: warning[weak-development-secret]: {shown}"
    config.load(environ={})
    assert [f.code for f in config.validate()] == ["weak-secret"]
    assert [f.code for f in config.validate(debug=True)] == ["weak-development-secret"]


def test_a_secret_of_32_bytes_will_do_and_belongs_into_a_variable():
    assert found(JWT) == (
        "pym-config.yaml:1:13: warning[plain-secret]: jwt_secret stands in the file itself: "
        "who can read the file can sign tokens\n"
        "     1 | jwt_secret: ********\n"
        "                     ^^^^^^^^ Write the name of an environment variable that holds it"
    )
    named = "jwt_secret: [ONE, TWO]\njwt_issuer: me\njwt_audience: us\n"
    assert found(named, {"ONE": STRONG, "TWO": STRONG[::-1]}) == ""
    assert found(JWT.replace(STRONG, "A"), {"A": STRONG}) == ""
    assert "1:19: warning[plain-secret]" in found(named.replace("TWO", STRONG[::-1]), {"ONE": STRONG})
    config.load(settings={"jwt_secret": STRONG, "jwt_issuer": "me", "jwt_audience": "us"}, environ={})
    assert config.validate() == []


@pytest.mark.parametrize("key", ["readiness_timeout", "jwt_token_timeout"])
def test_no_time_at_all_is_none_for_what_needs_some(key: str):
    assert f"error[config-type]: {key} is 0, not more than 0" in found(f"{key}: 0\n")
    assert f"error[config-type]: PYM_{key.upper()} is '0', not more than 0" in found(
        "name: x\n", {f"PYM_{key.upper()}": "0"}
    )
    assert found(f"{key}: 1\n") == ""


def test_two_settings_of_one_path_are_told_at_one_that_was_given():
    fact = "{} is '/livez', and so is liveness_path: one of them is answered there"
    for key in ("metrics", "readiness_path", "startup_path"):
        assert f"pym-config.yaml:1:{len(key) + 3}: warning[setting-clash]: {fact.format(key)}" in found(
            f"{key}: /livez\n"
        )
    assert "1:16: warning[setting-clash]: liveness_path is '/readyz', and so is readiness_path" in found(
        "liveness_path: /readyz\n"
    )
    assert found("liveness_path: off\nreadiness_path: off\nmetrics: off\n") == ""
    assert found("liveness_path: off\nmetrics: /livez\n") == ""


def test_a_jwt_secret_may_be_a_list_of_variables():
    write("jwt_secret: [NEW_SECRET, OLD_SECRET]\njwt_issuer: me\njwt_audience: us\nenv_secrets: [NEW_SECRET]\n")
    conf = config.load(environ={"NEW_SECRET": STRONG, "OLD_SECRET": STRONG[::-1]})
    assert (config.validate(), conf.jwt_secret) == ([], [STRONG, STRONG[::-1]])
    assert STRONG not in repr(conf)
    assert {STRONG, STRONG[::-1]} <= set(config.secret_values())


def test_every_secret_of_a_list_must_be_set_and_strong():
    write("jwt_secret:\n- NEW_SECRET\n- OLD_SECRET\n- hunter2\njwt_issuer: me\njwt_audience: us\n")
    config.load(environ={"NEW_SECRET": "short"})
    with pytest.raises(ConfigError, match="OLD_SECRET is not set"):
        _ = config.get_config().jwt_secret
    (finding,) = config.validate()
    assert (finding.line, finding.code) == (3, "missing-secret")
    config.load(environ={"NEW_SECRET": "short", "OLD_SECRET": STRONG})
    found = config.validate()
    assert [(one.line, one.code, one.source) for one in found] == [
        (2, "weak-secret", "- ********"),
        (4, "weak-secret", "- ********"),
    ]


@pytest.mark.parametrize("value", ["[]", "['']", "[1]", "{a: b}"])
def test_a_jwt_secret_is_a_text_or_some(value: str):
    write(f"jwt_secret: {value}\njwt_issuer: me\njwt_audience: us\n")
    config.load(environ={})
    assert [one.code for one in config.validate()] == ["config-type"]


def test_a_pem_file_is_no_jwt_secret():
    pem = "-----BEGIN PUBLIC KEY-----" + "A" * 100
    config.load(settings={"jwt_secret": pem, "jwt_issuer": "me", "jwt_audience": "us", "debug": True}, environ={})
    (finding,) = config.validate()
    assert (finding.code, finding.mend) == ("weak-secret", "Name PEM files in jwt_key_files")


def test_key_files_need_issuer_and_audience():
    config.load(settings={"jwt_key_files": "a.pem, b.pem"}, environ={})
    assert [one.fact for one in config.validate()] == [
        "jwt_key_files is set, but jwt_audience is not: no token can be made or verified",
        "jwt_key_files is set, but jwt_issuer is not: no token can be made or verified",
    ]
    assert config.get_config().jwt_key_files == ["a.pem", "b.pem"]


def test_an_algorithm_is_chosen_in_any_case():
    config.load(settings={"jwt_algorithm": "eddsa"}, environ={})
    assert config.get_config().jwt_algorithm == "EdDSA"
    config.load(settings={}, environ={"PYM_JWT_ALGORITHM": "es256", "ES256": "x", "HS256": "y"})
    assert config.get_config().jwt_algorithm == "ES256"
    config.load(settings={"jwt_algorithm": "none"}, environ={})
    assert "jwt_algorithm is 'none', not one of HS256, RS256" in config.validate()[0].fact


def test_a_jwt_secret_needs_issuer_and_audience():
    assert found("jwt_secret: OURS\n", {"OURS": STRONG}) == (
        "pym-config.yaml:1:1: error[missing-setting]: jwt_secret is set, but jwt_audience is not: "
        "no token can be made or verified\n"
        "     1 | jwt_secret: ********\n"
        "         ^^^^^^^^^^ Add a line such as: jwt_audience: myservice\n"
        "pym-config.yaml:1:1: error[missing-setting]: jwt_secret is set, but jwt_issuer is not: "
        "no token can be made or verified\n"
        "     1 | jwt_secret: ********\n"
        "         ^^^^^^^^^^ Add a line such as: jwt_issuer: https://example.com"
    )


@pytest.mark.parametrize(
    "content",
    [
        "jwt_secret: hunter2-hunter2\njwt_secret: hunter2-hunter2\n",
        'jwt_secret: "hunter2-hunter2\n',
        "jwt_secret: *hunter2-hunter2\n",
        "jwt_secret: @hunter2-hunter2\n",
        "jwt_secret: `hunter2-hunter2`\n",
        "jwt_secret: hunter2-hunter2: more\n",
        "jwt_secret hunter2-hunter2\nname: x\n",
        "name: x jwt_secret: hunter2-hunter2\n",
        "my_password: {hunter2-hunter2\n",
        "{jwt_secret: hunter2-hunter2, name: [}\n",
        "jwt_secret: [hunter2-hunter2]\n",
        "jwt_secret:\n  key: hunter2-hunter2\n",
        "jwt_secret: 123456781234567812345678\n",
        "aws_secret_access_key: 123456781234567812345678\n",
        "jwt_secrt: hunter2-hunter2\n",
        "jwt_secret: hunter2-hunter2\njwt_issuer: me\n",
        "jwt_secret: !!int hunter2-hunter2\n",
        "- hunter2-hunter2\n",
        "\tjwt_secret: hunter2-hunter2\n",
    ],
)
def test_no_finding_shows_a_secret(content: str):
    report = found(content)
    assert report
    assert "hunter2" not in report
    assert "12345678" not in report


def test_no_secret_is_in_the_repr():
    write(
        f"name: shop\n{JWT}aws_secret_access_key: hush1\nmy_password: hush2\nmine: NAMED\njwt_secrt: hush4\n"
        "env_secrets: [NAMED]\n"
    )
    conf = config.load(environ={"NAMED": "hush3"})
    assert "name='shop'" in repr(conf)
    assert "jwt_secret=********" in repr(conf)
    assert "hush" not in repr(conf)
    assert STRONG not in repr(conf)
    conf.my_token = "hush5"
    assert "hush" not in repr(conf)
    assert set(config.secret_values()) == {STRONG}  # the others are too short to be looked for in texts


def test_nested_secrets_are_neither_in_the_repr_nor_in_any_message():
    write(
        "db: {user: ann, password: nested-hush, hosts: [{api_key: listed-hush, port: 5}]}\n"
        "copy: [nested-hush, the key is listed-hush]\n"
        "database_url: postgres://ann:url-hush@db.example.com/shop\n"
        "short_url: postgres://ann:hsh@db.example.com/shop\n"
        "credentials: {one: below-hush}\n"
        "env_secrets: [ONLY_LISTED]\n"
        "note: has variable-hush in it\n"
    )
    conf = config.load(environ={"ONLY_LISTED": "variable-hush"})
    conf.assigned = {"token": "assigned-hush"}
    shown = repr(conf)
    assert "hush" not in shown
    for part in (
        "assigned={'token': ********}",
        "copy=[********, 'the key is ********']",
        "credentials=********",
        "database_url='postgres://ann:********@db.example.com/shop'",
        "db={'user': 'ann', 'password': ********, 'hosts': [{'api_key': ********, 'port': 5}]}",
        "note='has ******** in it'",
        "short_url='postgres://ann:********@db.example.com/shop'",
    ):
        assert part in shown
    assert config.secret_values() == [
        "assigned-hush",
        "variable-hush",
        "listed-hush",
        "nested-hush",
        "below-hush",
        "url-hush",
    ]


def test_a_value_that_contains_itself_or_is_huge_has_a_repr():
    conf = config.load()
    conf.loop = loop = []
    loop.append(loop)
    conf.many = 10**5000
    assert "loop=[[[[[[[[...]]]]]]]]" in repr(conf)
    assert "many=a huge number" in repr(conf)


# --- assigning


def test_keys_may_be_assigned_until_start():
    conf = config.get_config()
    conf.worker_count = 3
    conf.my_api_key = "aeou"
    conf.live_host = "https://a.example"
    assert (conf.worker_count, conf.my_api_key, conf.live_url) == (3, "aeou", "https://a.example")


def test_after_start_only_some_settings_and_own_keys_may_be_assigned():
    write("name: shop\nmine: 1\n")
    conf = config.get_config()
    config.freeze()
    conf.report_call_exceeding_ms = 5000
    conf.default_user_id = "bob"
    conf.mine = 2
    conf.new = [3]
    assert (conf.report_call_exceeding_ms, conf.default_user_id, conf.mine, conf.new) == (5000, "bob", 2, [3])
    with pytest.raises(ConfigError) as caught:
        conf.worker_count = 3
    assert str(caught.value) == (
        "worker_count may not be set after API.start(): it was read already. Set it in pym-config.yaml, "
        "with API(settings={'worker_count': ...}), or before start()"
    )
    assert conf.worker_count is None


def test_what_is_assigned_is_of_the_settings_kind():
    conf = config.get_config()
    with pytest.raises(ConfigError, match=r"^worker_count is 'many', not a whole number. Give one such as 3$"):
        conf.worker_count = "many"
    with pytest.raises(ConfigError, match=r"^jwt_secret is a number, not a text, nor a list of texts. Give one"):
        conf.jwt_secret = 12345678
    assert conf.worker_count is None


def test_what_was_assigned_stays_when_an_api_is_made():
    conf = config.get_config()
    conf.my_key = "x"
    conf.worker_count = 3
    conf.compress = False
    config.load(settings={"worker_count": 5})
    assert (conf.my_key, conf.worker_count, conf.compress) == ("x", 5, False)


def test_an_assigned_weak_secret_is_found_too():
    write(JWT)
    config.get_config().jwt_secret = "hunter2"
    assert text(config.validate()) == (
        "get_config(): error[weak-secret]: jwt_secret has 7 bytes; HS256 needs 32 or more, or the key can be guessed\n"
        "    Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    )


def test_an_assignment_can_be_taken_back():
    write("worker_count: 2\n")
    conf = config.get_config()
    conf.worker_count = 3
    del conf.worker_count
    assert conf.worker_count == 2
    with pytest.raises(ConfigError, match="worker_count was not assigned"):
        del conf.worker_count


def test_a_file_that_cannot_be_read_is_said_at_the_first_access():
    write("name: [shop\n")
    with pytest.raises(FindingsError, match=r"pym-config\.yaml:\d+:\d+: error\[yaml-syntax\]"):
        _ = config.get_config().name


def test_findings_leave_the_loaded_config_alone():
    write("name: shop\n")
    assert config.get_config().name == "shop"
    assert config.findings(write("name: other\n", "other.yaml"), {}) == []
    assert config.get_config().name == "shop"


def test_a_key_may_have_the_name_of_a_function_of_the_module():
    write("name: shop\nload: 1\nfreeze: 2\nvalidate: 3\n")
    conf = config.get_config()
    config.freeze()
    assert (conf.load, conf.freeze, conf.validate) == (1, 2, 3)


@pytest.mark.parametrize(
    ("clients", "fact"),
    [
        ("3", "not a map of the names of apis to maps"),
        ("{login: 3}", "not a map of the names of apis to maps"),
        ("{login: {urll: 'https://a.b'}}", "whose login.urll is no key that a client has: did you mean 'url'?"),
        ("{login: {url: a.b}}", "whose login.url is no URL such as https://login.example.com"),
        ("{login: {url: 'ftp://a.b'}}", "whose login.url is no URL"),
        ("{login: {url: 'https://me:hidden@a.b'}}", "a URL with a password in it: those belong to auth"),
        ("{login: {timeout: 0}}", "whose login.timeout is no number of seconds above 0"),
        ("{login: {max_attempts: 1.5}}", "whose login.max_attempts is no whole number above 0"),
        ("{login: {headers: {X-A: 1}}}", "whose login.headers is no map of names to texts"),
        ("{login: {validation: some}}", "whose login.validation is not one of strict, report, off"),
        ("{login: {proxy: true}}", "whose login.proxy is neither a URL nor false"),
        ("{login: {ca_file: 3}}", "whose login.ca_file is no text"),
        ("{login: {auth: 3}}", "whose login.auth is no map"),
    ],
)
def test_what_clients_are_told_is_looked_at(clients: str, fact: str):
    said = found(f"clients: {clients}\n")
    assert fact in said
    assert "config-type" in said


def test_the_headers_of_a_client_may_be_secrets():
    write("clients: {login: {headers: {X-Key: LOGIN_KEY, X-Other: plain}}}\nenv_secrets: [LOGIN_KEY]\n")
    config.load(environ={"LOGIN_KEY": "hidden-value"})
    assert config.get_config().clients == {"login": {"headers": {"X-Key": "hidden-value", "X-Other": "plain"}}}
    assert "hidden-value" in config.secret_values()
    assert "hidden-value" not in repr(config.get_config())


def test_clients_in_a_variable_are_json():
    config.load(environ={"PYM_CLIENTS": '{"login": {"url": "https://a.b", "proxy": false}}'})
    assert config.get_config().clients == {"login": {"url": "https://a.b", "proxy": False}}
    assert "not a map in JSON" in found("name: shop\n", {"PYM_CLIENTS": "{login}"})


def test_a_variable_that_is_set_and_nearly_called_so_is_named_and_its_value_is_not():
    found = config.resolve(None, {"env_secrets": ["SHOP_REPORTS_URL"]}, {"SHOP_REPORT_URL": "https://a.b/hook"})
    assert [one.mend for one in found.findings if one.code == "missing-secret"] == [
        "Set it with: export SHOP_REPORTS_URL=... (SHOP_REPORT_URL is set: is that what is meant?)"
    ]
