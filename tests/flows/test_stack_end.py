"""However the stack ends, none of its processes stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from flows.server import free_port

ROOT = Path(__file__).parents[2]
CODE = """
from cases.settings import Settings
from flows.stack import running_stack
import threading
with running_stack(Settings()):
    print("up", flush=True)
    threading.Event().wait()
"""


@pytest.mark.prefect
def test_a_killed_stack_leaves_no_process_behind(tmp_path: Path) -> None:
    ports = {"REPLYFLOW_PREFECT_PORT": str(free_port()), "REPLYFLOW_DESK_PORT": str(free_port())}
    env = os.environ | ports | {"REPLYFLOW_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    stack = subprocess.Popen([sys.executable, "-c", CODE], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert stack.stdout is not None
    assert stack.stdout.readline() == "up\n"
    assert json.loads((tmp_path / "run/stack.json").read_text())["pid"] == stack.pid
    time.sleep(3)
    family = psutil.Process(stack.pid).children(recursive=True)
    assert len(family) >= 4
    stack.send_signal(signal.SIGKILL)
    stack.wait()
    stack.stdout.close()
    _, left = psutil.wait_procs(family, timeout=60)
    assert left == []
