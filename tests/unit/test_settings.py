"""What the configuration comes from, and what a person is told when it cannot be used."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot import settings
from bot.settings import Loaded, keys, load, sections, variable_of
from ops.config import Config
from ops.errors import ConfigError
from ops.model import Role

SHIPPED = Path(__file__).parents[2] / "myfinance.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "ops.toml"
    file.write_text(text, encoding="utf-8")
    return file


def given(folder: Path, text: str, **environment: str) -> Loaded:
    return load(written(folder, text), environment)


def problem(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        given(folder, text, **environment)
    assert caught.value.exit_code == 2
    assert caught.value.next_step
    return caught.value.what


# -- the file that is shipped -------------------------------------------------------------------------------------


def test_the_shipped_file_shows_every_setting_and_no_other() -> None:
    shown = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert [f"{section}.{key}" for section, table in shown.items() for key in table] == keys()


def test_the_shipped_file_shows_the_defaults() -> None:
    shown = Config.model_validate(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))
    assert shown == Config()


def test_the_shipped_file_says_something_about_every_table() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    for section in sections():
        lines = text.split(f"[{section}]\n")[1].splitlines()
        assert lines[0].startswith("# "), section


# -- where the values come from ------------------------------------------------------------------------------------


def test_later_places_win_and_each_value_knows_where_it_came_from(tmp_path: Path) -> None:
    loaded = given(
        tmp_path,
        '[proxy]\nport = 8080\nadmin_port = 8082\n[slack]\nbot_token = "from-file"\napp_token = "from-file"\n',
        MYFINANCE_PROXY__PORT="9090",
        SLACK_BOT_TOKEN="xoxb-usual",
        SLACK_APP_TOKEN="xapp-usual",
        MYFINANCE_SLACK__APP_TOKEN="xapp-exact",
        PATH="/bin",
    )
    assert loaded.config.proxy.port == 9090
    assert loaded.config.proxy.admin_port == 8082
    assert loaded.config.slack.bot_token.get_secret_value() == "xoxb-usual"
    assert loaded.config.slack.app_token.get_secret_value() == "xapp-exact"
    assert loaded.sources["proxy.port"] == "variable MYFINANCE_PROXY__PORT"
    assert loaded.sources["proxy.admin_port"] == f"file {tmp_path / 'ops.toml'}"
    assert loaded.sources["slack.bot_token"] == "variable SLACK_BOT_TOKEN"
    assert loaded.sources["slack.app_token"] == "variable MYFINANCE_SLACK__APP_TOKEN"
    assert loaded.sources["proxy.image"] == "default"
    assert set(loaded.sources) == set(keys())


def test_an_empty_usual_variable_is_as_if_it_were_not_set(tmp_path: Path) -> None:
    loaded = given(tmp_path, '[slack]\nbot_token = "xoxb-file"\n', SLACK_BOT_TOKEN="")
    assert loaded.config.slack.bot_token.get_secret_value() == "xoxb-file"


def test_lists_and_tables_are_json_in_the_environment(tmp_path: Path) -> None:
    loaded = given(
        tmp_path,
        "",
        MYFINANCE_ACCESS__OPERATORS='["U1", "S2"]',
        MYFINANCE_APP__ENVIRONMENT='{"A": "b"}',
        MYFINANCE_APP__SMOKE='[{"path": "/x", "expect": 201}]',
    )
    assert loaded.config.access.operators == ("U1", "S2")
    assert loaded.config.app.environment == {"A": "b"}
    assert loaded.config.app.smoke[0].expect == 201


def test_every_setting_has_a_variable_of_its_own(tmp_path: Path) -> None:
    assert variable_of("project.state_dir") == "MYFINANCE_PROJECT__STATE_DIR"
    assert len({variable_of(key) for key in keys()}) == len(keys())


def test_without_any_file_the_defaults_are_in_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "PLACES", (Path("myfinance.toml"),))
    loaded = load(None, {})
    assert loaded.file is None
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.config.project.state_dir == tmp_path / "state"


def test_the_usual_places_are_looked_at_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    system = written(tmp_path, '[project]\nname = "system"\n')
    monkeypatch.setattr(settings, "PLACES", (Path("myfinance.toml"), system))
    assert load(None, {}).config.project.name == "system"
    (tmp_path / "myfinance.toml").write_text('[project]\nname = "here"\n')
    assert load(None, {}).config.project.name == "here"
    named = tmp_path / "named.toml"
    named.write_text('[project]\nname = "named"\n')
    assert load(None, {"MYFINANCE_CONFIG": str(named)}).config.project.name == "named"
    assert load(system, {"MYFINANCE_CONFIG": str(named)}).config.project.name == "system"


def test_a_relative_state_folder_is_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    written(folder, '[project]\nstate_dir = "record"\n')
    assert load(Path("etc/ops.toml"), {}).config.project.state_dir == folder / "record"
    absolute = {"MYFINANCE_PROJECT__STATE_DIR": "/var/lib/x"}
    assert load(Path("etc/ops.toml"), absolute).config.project.state_dir == Path("/var/lib/x")


# -- who runs commands in a terminal -------------------------------------------------------------------------------


def test_the_terminal_gets_its_role_from_the_file(tmp_path: Path) -> None:
    assert given(tmp_path, '[access]\nterminal = "operator"\n').config.access.terminal is Role.OPERATOR


@pytest.mark.parametrize("variable", ["MYFINANCE_ACCESS__TERMINAL", "MYFINANCE_access__terminal"])
def test_nobody_gives_themselves_a_role_by_setting_a_variable(tmp_path: Path, variable: str) -> None:
    told = problem(tmp_path, "", **{variable: "admin"})
    assert f"the variable {variable} is refused" in told
    assert "file only" in told


# -- what is wrong, and where --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[proxy]\nprot = 80\n", "there is no setting `proxy.prot` (file {file}). Did you mean `proxy.port`?"),
        ("[poxy]\nport = 80\n", "there is no table `poxy` (file {file}). Did you mean `proxy`?"),
        ('[proxy]\nport = "eighty"\n', "`proxy.port` = 'eighty': should be a valid integer"),
        ("[proxy]\nport = 70000\n", "`proxy.port` = 70000: should be less than or equal to 65535 (file {file})."),
        ("proxy = 80\n", "`proxy`: should be a valid dictionary"),
        ('[slack]\nmode = "carrier pigeon"\n', "`slack.mode` = 'carrier pigeon': should be 'socket' or 'http'"),
        ('[access]\nterminal = "root"\n', "`access.terminal` = 'root': should be 'nobody', 'viewer', 'operator' or"),
        (
            '[[app.smoke]]\npath = "/a"\n[[app.smoke]]\nmethod = "GET"\n',
            "`app.smoke[1].path` is missing (file {file}).",
        ),
        ('[[app.smoke]]\npaht = "/a"\n', "Did you mean `app.smoke[0].path`?"),
        ('[[app.smoke]]\npath = "/a b"\n', "`app.smoke[0].path` = '/a b': "),
        ("[proxy]\nshutdown_timeout_seconds = 3\n", "shutdown_timeout_seconds (3) must be longer than"),
        ("[proxy]\nport = 5001\n", "must all differ"),
        ("[soak]\nseconds = nan\n", "`soak.seconds`"),
        ("[backups]\ndeadline_seconds = inf\n", "`backups.deadline_seconds` = inf: should be a finite number"),
    ],
)
def test_a_mistake_in_the_file_names_the_key_and_the_file(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence.format(file=tmp_path / "ops.toml") in problem(tmp_path, text)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("MYFINANCE_PROXY__PROT", "80", "the variable MYFINANCE_PROXY__PROT is no setting. Did you mean"),
        ("MYFINANCE_CONFG", "x", "Did you mean MYFINANCE_CONFIG?"),
        ("MYFINANCE_POXY__PORT", "80", "the variable MYFINANCE_POXY__PORT is no setting. Did you mean"),
        ("MYFINANCE_ACCESS", '{"terminal": "admin"}', "the variable MYFINANCE_ACCESS is no setting."),
        ("MYFINANCE_PROXY__PORT", "eighty", "`proxy.port` = 'eighty': should be a valid integer"),
        ("MYFINANCE_PROXY__PORT", "eighty", "(variable MYFINANCE_PROXY__PORT)."),
        ("MYFINANCE_ACCESS__ADMINS", "U1,U2", "MYFINANCE_ACCESS__ADMINS must hold JSON"),
        ("MYFINANCE_ACCESS__ADMINS", '{"U1": 1}', "(variable MYFINANCE_ACCESS__ADMINS)."),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(tmp_path: Path, variable: str, value: str, sentence: str) -> None:
    assert sentence in problem(tmp_path, "", **{variable: value})


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = problem(
        tmp_path,
        '[proxy]\nprot = 80\n[slack]\nmode = "x"\n',
        MYFINANCE_ACCESS__TERMINAL="admin",
        MYFINANCE_NONSENSE="1",
    )
    for mistake in ("proxy.prot", "slack.mode", "MYFINANCE_ACCESS__TERMINAL", "MYFINANCE_NONSENSE"):
        assert mistake in told


@pytest.mark.parametrize(
    "text", ["[slack]\nbot_token = 5550123\n", '[app]\nenvironment = { KEY = ["5550123"] }\n', "slack = 5550123\n"]
)
def test_a_secret_is_never_shown_in_a_mistake(tmp_path: Path, text: str) -> None:
    assert "5550123" not in problem(tmp_path, text)


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(ConfigError, match=r"missing\.toml, which --config names"):
        load(missing, {})
    with pytest.raises(ConfigError, match=r"missing\.toml, which the variable MYFINANCE_CONFIG names"):
        load(None, {"MYFINANCE_CONFIG": str(missing)})
    with pytest.raises(ConfigError, match="which --config names"):
        load(tmp_path, {})


@pytest.mark.parametrize("content", [b"[proxy\n", b"port = eighty\n", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ops.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"ops\.toml is not valid TOML"):
        load(file, {})
