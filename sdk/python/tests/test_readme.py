"""Follows the README from nothing, with the package as pip installs it."""

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import openchatops as oco
from openchatops.testing.process import program
from openchatops.v1 import message_pb2

ROOT = Path(__file__).parents[3]
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def interpreter() -> Path:
    """Of a virtual environment in which the package is installed."""
    made = os.environ.get("OCO_INSTALLED")
    if not made:
        made = subprocess.run(
            [ROOT / "tools" / "python.sh", "installed"], check=True, capture_output=True, text=True
        ).stdout.strip()
    return Path(made)


def test_hello_world(interpreter: Path, tmp_path: Path) -> None:
    steps = re.findall(r"<!-- (file|run): (.+?) -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert [kind for kind, _, _ in steps] == ["file", "run", "file", "run"]
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "oco").symlink_to(program())
    # Scripts of packages stand beside the interpreter that these were installed by.
    pytest_ = bin_ / "pytest"
    pytest_.write_text(
        f'#!/bin/sh\nexec "{interpreter}" -c "import sys, pytest; sys.exit(pytest.console_main())" "$@"\n'
    )
    pytest_.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OCO_", "PYTHON", "COV"))}
    environment["PATH"] = f"{bin_}:{interpreter.parent}:{environment['PATH']}"
    for kind, what, text in steps:
        if kind == "file":
            (tmp_path / what).write_text(text, encoding="utf-8")
            continue
        ran = subprocess.run(
            ["sh", "-c", text], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert what in ran.stdout


def test_hello_world_is_short() -> None:
    (text,) = re.findall(r"<!-- file: echo.py -->\n```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in text.splitlines() if line.strip()]) == 8


REQUIREMENTS = """
from importlib.metadata import requires, version
from packaging.requirements import Requirement
wanted = [Requirement(r) for r in requires("openchatops")]
assert len(wanted) == 4, wanted
for r in wanted:
    assert r.specifier.contains(version(r.name)), r
"""


def test_what_the_wheel_needs_is_there(interpreter: Path, tmp_path: Path) -> None:
    subprocess.run([interpreter, "-c", REQUIREMENTS], check=True, cwd=tmp_path)


def test_the_wheel_is_complete(interpreter: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [interpreter, "-c", "import openchatops, openchatops.testing as t; print(openchatops.__file__, t.__all__)"],
        check=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    ).stdout
    package = Path(said.split()[0]).parent
    assert package.is_relative_to(interpreter.parent.parent)
    assert (package / "py.typed").exists()
    assert (package / "v1" / "bot_pb2.pyi").exists()


def test_the_page_about_python_has_a_handler_that_depends_on_its_settings() -> None:
    page = (ROOT / "docs" / "howto-python.md").read_text(encoding="utf-8")
    (code,) = [c for c in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "from_settings" in c]
    handler = oco.Handler("hello")
    exec(code, {"oco": oco, "handler": handler, "dataclass": dataclass, "timedelta": timedelta})
    text = '{"pattern": "restart web", "run": ["systemctl", "restart", "web"], "timeout": "30s"}'
    settings = [
        message_pb2.Argument(name="commands", list=message_pb2.ArgumentList(items=[message_pb2.Argument(text=text)])),
        message_pb2.Argument(name="token", text="t"),
    ]
    assert handler._declared is not None
    handler._declared._read(settings)()
    (route,) = handler.manifest().routes
    assert (route.command.pattern, route.max_run.seconds) == ("restart web", 30)
