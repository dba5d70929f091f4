"""`thresholds`: from persons' decisions to settings, with what is proved told from what is not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from cases.settings import Settings
from tests.commands.conftest import Cli


def rows(kind: str, count: int, wrong: int, confidence: float, place: str = ",") -> str:
    """`count` decisions of one confidence, the first `wrong` of them against the machine."""
    return "".join(f"{kind},{confidence},{'no' if n < wrong else 'yes'},{place}\n" for n in range(count))


def given(tmp_path: Path, lines: str, header: str = "kind,confidence,right,template,field\n") -> Path:
    file = tmp_path / "decisions.csv"
    file.write_text(header + lines)
    return file


def recommended(cli: Cli, tmp_path: Path, file: Path, *options: object) -> dict:
    done = cli(tmp_path, "thresholds", "--csv", file, "--json", *options)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_enough_right_decisions_prove_the_lowest_threshold_that_holds(cli: Cli, tmp_path: Path) -> None:
    file = given(tmp_path, rows("comb-digits", 1600, 0, 0.996) + rows("comb-digits", 400, 40, 0.94))
    (one,) = recommended(cli, tmp_path, file)["recommendations"]
    assert (one["key"], one["threshold"], one["proved"]) == ("comb-digits", 0.95, True)
    assert one["false_accepts"]["high"] <= 0.002
    assert one["automatic"]["low"] < 0.8 < one["automatic"]["high"]


def test_the_setting_to_paste_is_one_that_the_settings_take(cli: Cli, tmp_path: Path, monkeypatch) -> None:
    found = recommended(cli, tmp_path, given(tmp_path, rows("text", 1600, 0, 0.98)))
    name, value = re.fullmatch(r"(\w+)='(.*)'", found["setting"]).groups()
    monkeypatch.setenv(name, value)
    assert Settings().thresholds.given == {"text": 0.6}


def test_too_few_decisions_prove_nothing_and_the_rule_of_three_says_how_many_are_missing(
    cli: Cli, tmp_path: Path
) -> None:
    found = recommended(cli, tmp_path, given(tmp_path, rows("text", 500, 0, 0.98)))
    (one,) = found["recommendations"]
    assert not one["proved"]
    assert one["more_decisions_needed"] == pytest.approx(3 / 0.002 - 500, rel=0.01)
    assert found["setting"] == ""
    told = cli(tmp_path, "thresholds", "--csv", given(tmp_path, rows("text", 500, 0, 0.98))).stdout
    assert f"{one['more_decisions_needed']} more right decisions" in told


def test_a_kind_that_is_wrong_everywhere_is_left_to_persons(cli: Cli, tmp_path: Path) -> None:
    file = given(tmp_path, rows("handprint", 300, 30, 0.999))
    (one,) = recommended(cli, tmp_path, file)["recommendations"]
    assert one["threshold"] is None
    assert "leave them to persons" in cli(tmp_path, "thresholds", "--csv", file).stdout


def test_a_field_of_a_form_with_enough_decisions_gets_a_threshold_of_its_own(cli: Cli, tmp_path: Path) -> None:
    hard = rows("comb-digits", 600, 60, 0.97, "card,phone")
    file = given(tmp_path, rows("comb-digits", 1700, 0, 0.999, "card,postcode") + hard)
    found = recommended(cli, tmp_path, file)
    assert {one["key"]: one["threshold"] for one in found["recommendations"]} == {
        "comb-digits": 0.98, "card/postcode": 0.6,
    }  # fmt: skip


def test_more_false_accepts_allowed_take_more_readings(cli: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    sure = rng.beta(8, 0.4, 6000)
    lines = "".join(f"text,{p:.4f},{'yes' if rng.random() < p else 'no'},,\n" for p in sure)
    shares = [
        recommended(cli, tmp_path, given(tmp_path, lines), "--false-accepts", allowed)["recommendations"][0]
        for allowed in (0.01, 0.05)
    ]
    assert shares[0]["automatic"]["share"] < shares[1]["automatic"]["share"]


def test_what_was_offered_and_said_tells_whether_the_machine_was_right(cli: Cli, tmp_path: Path) -> None:
    lines = 'comb-digits,0.9,0701 740605,0701740605\ntext,0.9,Åsa,"  Åsa "\ntext,0.9,Asa,Åsa\n'
    found = recommended(cli, tmp_path, given(tmp_path, lines, "kind,confidence,offered,said\n"), "--false-accepts", 0.4)
    by_key = {one["key"]: one for one in found["recommendations"]}
    assert by_key["comb-digits"]["false_accepts"]["share"] == 0
    assert by_key["text"]["threshold"] is None


def test_without_decisions_the_command_says_so_and_how_many_it_takes(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "thresholds")
    assert done.exit_code == 0
    assert "Nobody has decided" in done.stdout
    assert "1497" in done.stdout


@pytest.mark.parametrize(
    ("header", "lines", "sentence"),
    [
        ("kind,right\n", "text,yes\n", "no column confidence"),
        ("kind,confidence\n", "text,0.9\n", "the column right, or both offered and said"),
        ("kind,confidence,right\n", "", "holds no decisions"),
        ("kind,confidence,right\n", "text,0.9,yes\nfoo,0.9,yes\n", "line 3: kind must be one of"),
        ("kind,confidence,right\n", "text,1.9,yes\n", "line 2: confidence must be"),
        ("kind,confidence,right\n", "text,nan,yes\n", "line 2: confidence must be"),
        ("kind,confidence,right\n", "text,sure,yes\n", "line 2: confidence must be"),
        ("kind,confidence,right\n", "text,0.9,perhaps\n", "line 2: right must be"),
        ("kind,confidence,right\n", "text\n", "line 2: confidence must be"),
    ],
)
def test_a_file_of_nonsense_is_wrong_use_and_says_where(cli: Cli, tmp_path, header, lines, sentence) -> None:
    done = cli(tmp_path, "thresholds", "--csv", given(tmp_path, lines, header))
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("share", ["0", "0.5", "-1", "nan", "much"])
def test_a_share_of_false_accepts_that_makes_no_sense_is_refused(cli: Cli, tmp_path: Path, share: str) -> None:
    done = cli(tmp_path, "thresholds", "--csv", given(tmp_path, rows("text", 5, 0, 0.9)), "--false-accepts", share)
    assert done.exit_code == 2
    assert "false" in done.stderr


def test_a_file_that_is_not_there_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "thresholds", "--csv", tmp_path / "none.csv")
    assert done.exit_code == 2
    assert "cannot be read" in " ".join(done.stderr.split())


@pytest.mark.parametrize("value", ["{", "[]", '{"combs": 0.9}', '{"text": 2}', '{"text": "s3cret"}'])
def test_thresholds_in_the_settings_that_make_no_sense_stop_the_start(cli: Cli, tmp_path: Path, value: str) -> None:
    done = cli(tmp_path, "thresholds", REPLYFLOW_FIELD_THRESHOLDS=value)
    assert done.exit_code == 2
    assert "REPLYFLOW_FIELD_THRESHOLDS" in done.stderr
    assert "s3cret" not in done.stderr


def test_read_obeys_the_thresholds_of_the_settings(cli: Cli, tmp_path: Path) -> None:
    scan = Path(__file__).parents[2] / "samples/scans/partner/acme/0010-renewal-card.png"

    def statuses(**environment: str) -> dict[str, set[str]]:
        fields = json.loads(cli(tmp_path, "read", scan, "--json", **environment).stdout)["fields"].values()
        return {kind: {f["status"] for f in fields if f["kind"] == kind} for kind in ("text", "code")}

    assert "ok" in statuses()["text"]
    assert statuses(REPLYFLOW_FIELD_THRESHOLDS='{"text": 1}') == {"text": {"doubtful"}, "code": {"ok"}}
