"""A run as its user sees it: kept, continued, recorded, replayed, reported, compared, in pytest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from app.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# The offline model declines both; the second case asks for a call that nobody makes.
CASES = """
cases:
  - id: ours.weather
    seed: ours.weather
    category: E
    language: en
    fixture: empty
    turns:
      - user: What will the weather be in Milan tomorrow? <i>&amp;
        expect: {stop: abstain, limits: {tool_calls: 0}}
  - id: ours.impossible
    seed: ours.impossible
    category: A
    language: it
    fixture: empty
    turns:
      - user: Che tempo farà domani a Milano?
        expect: {calls: [{tool: list_targets}]}
"""
REWORDED = CASES.replace("in Milan tomorrow", "in Rome tomorrow")


class Ran(NamedTuple):
    """How a command ended; runs of spaces are one."""

    code: int
    out: str
    err: str


@pytest.fixture
def evaluate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `promoloop eval`."""
    for name in ("PROMOLOOP_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def run_it(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["promoloop", "eval", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        captured = capsys.readouterr()
        return Ran(code, captured.out, " ".join(captured.err.split()))

    return run_it


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "ours.yaml").write_text(CASES, encoding="utf-8")
    return folder


@pytest.fixture
def run(evaluate: Callable[..., Ran], cases: Path, tmp_path: Path) -> Callable[..., Path]:
    """Run the cases into a folder of that name, which must succeed."""

    def run_it(name: str, *more: object) -> Path:
        ran = evaluate("run", "--cases", cases, "--out", tmp_path / name, *more)
        assert ran.code == 0, ran.err
        return tmp_path / name

    return run_it


def test_two_runs_are_equal_and_a_run_that_was_cut_off_is_continued(
    run: Callable[..., Path],
) -> None:
    one = run("one", "-k", "2")
    two = run("two", "-k", "2")
    whole = (one / "results.jsonl").read_bytes()
    assert whole == (two / "results.jsonl").read_bytes()
    assert whole.count(b"\n") == 4

    lines = whole.splitlines(keepends=True)
    (two / "results.jsonl").write_bytes(lines[0] + lines[3] + lines[1][:40])
    run("two", "-k", "2")
    for file in ("results.jsonl", "trajectories.jsonl"):
        assert (two / file).read_bytes() == (one / file).read_bytes()


def test_a_run_with_other_cases_is_not_continued(
    evaluate: Callable[..., Ran], run: Callable[..., Path], cases: Path
) -> None:
    folder = run("one")
    kept = (folder / "results.jsonl").read_bytes()
    (cases / "ours.yaml").write_text(REWORDED, encoding="utf-8")
    ran = evaluate("run", "--cases", cases, "--out", folder)
    assert ran.code == 1
    assert "made with other cases_sha256: name another folder" in ran.err
    assert (folder / "results.jsonl").read_bytes() == kept


def test_what_was_recorded_is_replayed_and_anything_else_stops_the_run(
    evaluate: Callable[..., Ran], run: Callable[..., Path], cases: Path, tmp_path: Path
) -> None:
    tape = tmp_path / "tapes" / "offline.jsonl"
    recorded = run("recorded", "--record", tape)
    entries = [json.loads(line) for line in tape.read_text(encoding="utf-8").splitlines()]
    assert [entry["agent"] for entry in entries].count("router") == 2
    assert any("outside my job" in entry["content"] for entry in entries)

    replayed = run("replayed", "--replay", tape)
    for file in ("results.jsonl", "trajectories.jsonl"):
        assert (replayed / file).read_bytes() == (recorded / file).read_bytes()

    # What the tape says counts, not what the model would say now.
    said = [entry | {"content": "As you wish." if entry["content"] else ""} for entry in entries]
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(entry) + "\n" for entry in said), encoding="utf-8")
    changed = run("changed", "--replay", other)
    verdict = json.loads((changed / "results.jsonl").read_text().splitlines()[1])
    assert (verdict["case"], verdict["passed"], verdict["cause"]) == ("ours.weather", False, "stop")

    (cases / "ours.yaml").write_text(REWORDED, encoding="utf-8")
    ran = evaluate("run", "--cases", cases, "--out", tmp_path / "miss", "--replay", tape)
    assert ran.code == 1
    assert "the recording of router does not fit: message 1 is" in ran.err
    assert "in Rome tomorrow" in ran.err
    assert "in Milan tomorrow" in ran.err


def test_a_recording_that_is_not_there_and_two_ways_at_once(
    evaluate: Callable[..., Ran], cases: Path, tmp_path: Path
) -> None:
    run = ["run", "--cases", cases, "--out", tmp_path / "run"]
    ran = evaluate(*run, "--replay", tmp_path / "none.jsonl")
    assert ran.code == 1
    assert "none.jsonl cannot be read" in ran.err
    assert evaluate(*run, "--replay", "a", "--record", "b").code == 2


class Tags(HTMLParser):
    """Collects what a page holds, and fails on a tag that is closed in the wrong place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a part of the page."""
        self.seen.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take a part of the page."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take a part of the page."""
        self.text += data


def test_a_report_is_markdown_json_one_page_and_junit(
    evaluate: Callable[..., Ran], run: Callable[..., Path], tmp_path: Path
) -> None:
    folder = run("one")
    page, junit = tmp_path / "page.html", tmp_path / "junit.xml"
    ran = evaluate("report", folder, "--html", page, "--junit", junit)
    assert ran.code == 0
    assert ran.out.startswith("# offline: 50.0 % of 2 runs passed")
    assert "| pass^1 | 50.0 |" in ran.out
    assert "- `ours.impossible` run 0: tools: list_targets was not called" in ran.out

    tags = Tags()
    tags.feed(page.read_text(encoding="utf-8"))
    assert not tags.open
    assert not tags.links
    assert "script" not in tags.seen
    assert tags.seen.count("details") == 2
    assert "What will the weather be in Milan tomorrow? <i>&amp;" in tags.text
    assert "i" not in tags.seen
    assert "outside my job" in tags.text
    assert "list_targets was not called" in tags.text
    assert tags.text.count("Store:") == 2

    suite = ET.fromstring(junit.read_text(encoding="utf-8"))  # noqa: S314  our own file
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failed = [case for case in suite if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["ours.impossible[0]"]

    summary = json.loads(evaluate("report", folder, "--json").out)
    assert summary["passed"]["pct"] == 50
    assert summary["causes"] == {"tools": 1}


def test_runs_are_compared_case_by_case(
    evaluate: Callable[..., Ran], run: Callable[..., Path], tmp_path: Path
) -> None:
    offline, oracle = run("offline"), run("oracle", "--model", "oracle")
    found = json.loads(evaluate("compare", oracle, offline, "--json").out)
    assert (found["a"], found["b"], found["cases"], found["seeds"]) == ("oracle", "offline", 2, 2)
    assert (found["a_pct"], found["b_pct"], found["difference_points"]) == (100, 50, 50)
    assert (found["only_a"], found["only_b"], found["mcnemar_p"]) == (1, 0, 1)

    assert "+0.0 points" in evaluate("compare", offline, offline).out
    ran = evaluate("compare", offline, tmp_path / "nothing")
    assert ran.code == 1
    assert "there is no run in" in ran.err


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    here = [sys.executable, "-m", "pytest", "-p", "evals.plugin", "-p", "no:cacheprovider", "-q"]
    known = os.pathsep.join([*filter(None, sys.path), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(  # noqa: S603  our own interpreter
        [*here, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": known},
        capture_output=True,
        text=True,
        check=False,
    )


def test_another_team_keeps_its_cases_in_its_own_folder_and_runs_them_with_pytest(
    tmp_path: Path, cases: Path
) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_theirs() -> None:\n    assert True\n")

    done = pytest_in(tmp_path, "-m", "eval", "--eval-cases", str(cases), "-rA")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert re.search(r"PASSED .*ours\.weather", done.stdout)
    assert "tools: list_targets was not called" in done.stdout
    assert "Traceback" not in done.stdout

    only = pytest_in(tmp_path, "-m", "eval and eval_E", "--eval-cases", str(cases))
    assert "1 passed, 2 deselected" in only.stdout or "1 passed, 1 deselected" in only.stdout

    (cases / "ours.yaml").write_text(CASES.replace("list_targets", "list_wishes"), encoding="utf-8")
    wrong = pytest_in(tmp_path, "-m", "eval", "--eval-cases", str(cases))
    assert wrong.returncode == 2
    assert "there is no tool 'list_wishes'" in wrong.stdout

    alone = pytest_in(tmp_path)
    assert alone.returncode == 0
    assert "1 passed" in alone.stdout
