"""The embedded stack as `serve` and `demo` hold it: one a data folder, and nothing left behind when it ends."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console

if TYPE_CHECKING:
    from cases.settings import Settings
    from flows.stack import Stack

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):  # noqa: N818  # a person's wish, no error
    """Ctrl-C, SIGTERM, or the terminal was closed."""


@contextmanager
def embedded_stack(settings: Settings, console: Console) -> Iterator[Stack]:
    """A running stack; the first signal raises Stopped in the `with`. Exit code 1 when it cannot start."""
    from flows.server import ServerError
    from flows.stack import running_stack

    with _signals_stop(), _alone(settings, console):
        try:
            with running_stack(settings) as stack:
                try:
                    yield stack
                finally:
                    _let_clean_up()
        except ServerError as error:
            console.print(str(error), markup=False)
            raise typer.Exit(1) from None


def print_addresses(stack: Stack, console: Console) -> None:
    """Where to look; says so when a wished port was taken and another one serves instead."""
    wished = {stack.settings.prefect_port: stack.server.port, stack.settings.desk_port: stack.desk_port}
    for port, used in wished.items():
        if port != used:
            console.print(f"Port {port} is taken on this machine; {used} serves instead.")
    console.print(f"Prefect UI  {stack.server.ui_url}\nDesk        {stack.desk_url}", soft_wrap=True, markup=False)
    secret = _first_link(stack.settings)
    if secret:
        console.print(
            "Nobody can sign in at the desk yet. The first admin makes an account here, once, within two days:"
        )
        console.print(f"            {stack.desk_url}/welcome/{secret}", soft_wrap=True, markup=False)


def _first_link(settings: Settings) -> str | None:
    from sqlmodel import Session

    from cases.database import engine_for
    from cases.persons import first_link

    engine = engine_for(settings)
    try:
        with Session(engine) as session:
            return first_link(session)
    finally:
        engine.dispose()


def wait_for_signal() -> None:
    """Blocks until a signal raises Stopped."""
    threading.Event().wait()


@contextmanager
def _signals_stop() -> Iterator[None]:
    def stop(*_: object) -> None:
        _let_clean_up()
        raise Stopped

    before = {sign: signal.signal(sign, stop) for sign in _SIGNALS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _let_clean_up() -> None:
    # an impatient second Ctrl-C would leave half of the processes behind
    for sign in _SIGNALS:
        signal.signal(sign, signal.SIG_IGN)


@contextmanager
def _alone(settings: Settings, console: Console) -> Iterator[None]:
    from flows.stack import alive_api

    lock = settings.data / "run" / "lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            taken = alive_api(settings.data) is not None
        except BlockingIOError:
            taken = True
        if taken:
            console.print(
                f"Replyflow already runs on {settings.data}; run/stack.json in it has the addresses.\n"
                "Stop it there with Ctrl-C, or name another folder with --data.",
                soft_wrap=True,
                markup=False,
            )
            raise typer.Exit(1)
        yield
