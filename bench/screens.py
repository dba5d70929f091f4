"""Pictures of every page of a running desk as each role sees it: wide and on a phone, light and dark.

    python -m bench.screens DATA http://127.0.0.1:8420 OUT [--language de]

Makes one person a role in DATA, so it is for a folder that nobody works with.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright
from playwright.sync_api import Page as Tab
from sqlmodel import Session

from cases import persons
from cases.database import engine_for
from cases.settings import Settings

CHROMIUM = "/usr/bin/chromium"
SIZES = {"wide": (1280, 800), "phone": (390, 844)}
READY = "#desk[aria-busy=false]:not([hidden]), #nothing:not([hidden]), #group[aria-busy=false], body[data-ready]"
WAITS = ("/review", "/group?", "/repair/")
BY_ROLE = {
    "clerk": ("/", "/review", "/quality", "/figures"),
    "auditor": ("/", "/quality", "/settlement", "/exports"),
    "supervisor": (),
    "admin": ("/", "/cases", "/review", "/group", "/quality", "/figures", "/upload", "/photo", "/people", "/account",
              "/settlement"),
}  # fmt: skip
FIRST = {
    "/batches/{}": "SELECT id FROM batch ORDER BY id LIMIT 1",
    "/cases/{}": "SELECT case_id FROM response WHERE verdict = 'review' AND case_id IS NOT NULL ORDER BY id LIMIT 1",
    "/documents/{}": "SELECT id FROM document WHERE state = 'rejected' ORDER BY id DESC LIMIT 1",
    "/repair/{}": "SELECT id FROM page WHERE NOT registered ORDER BY id DESC LIMIT 1",
    "/replays/{}": "SELECT id FROM replay ORDER BY id DESC LIMIT 1",
    "/group?kind={}": "SELECT alike FROM exception WHERE alike IS NOT NULL AND state = 'open' GROUP BY alike "
    "ORDER BY count(*) DESC LIMIT 1",
    "/quality/people/{}": "SELECT person FROM answer GROUP BY person ORDER BY count(*) DESC LIMIT 1",
}
"""Pages about one thing, with the statement that finds one; left out where there is none."""


def main() -> int:
    asked = _asked()
    settings = Settings(data=asked.data)
    with Session(engine_for(settings)) as session, sync_playwright() as playwright:
        secrets = {role: _secret(session, role, asked.language) for role in BY_ROLE}
        paths = {role: [*found, *(_about_one(session) if role == "admin" else ())] for role, found in BY_ROLE.items()}
        session.close()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for (size, (width, height)), scheme in product(SIZES.items(), asked.schemes):
            how = {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "locale": asked.language}
            for role, secret in secrets.items():
                context = chromium.new_context(**how, has_touch=size == "phone", is_mobile=size == "phone")
                if role == "admin":
                    _shoot(context, asked, "/sign-in", f"nobody-{size}-{scheme}")
                context.add_cookies([{"name": "replyflow", "value": secret, "url": asked.desk}])
                for path in paths[role]:
                    _shoot(context, asked, path, f"{role}-{size}-{scheme}")
                context.close()
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("desk")
    parser.add_argument("out", type=Path)
    parser.add_argument("--language", default="en", choices=("en", "de", "sv"))
    parser.add_argument("--schemes", nargs="+", default=["light", "dark"])
    parser.add_argument("--only", default="", help="pages whose path holds this")
    return parser.parse_args()


def _secret(session: Session, role: str, language: str) -> str:
    login = f"{role}-{language}"
    known = persons.find_person(session, login)
    return persons.open_session(session, known or persons.add_person(
        session, login, f"{role.title()} Andersson", role, None, language))  # type: ignore[arg-type]  # fmt: skip


def _about_one(session: Session) -> Iterator[str]:
    for path, statement in FIRST.items():
        found = session.connection().exec_driver_sql(statement).first()
        if found is not None:
            yield path.format(found[0])


def _shoot(context: BrowserContext, asked: argparse.Namespace, path: str, what: str) -> None:
    if asked.only not in path:
        return
    tab: Tab = context.new_page()
    tab.on("pageerror", lambda error: print(f"{path}: {error}", file=sys.stderr))
    tab.goto(asked.desk + path)
    if any(one in path for one in WAITS):
        tab.wait_for_selector(READY)
    tab.wait_for_load_state("networkidle")
    wide, room = tab.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > room:
        sys.stderr.write(f"{path}: {wide} px wide in a window of {room} px ({what})\n")
    name = path.strip("/").split("?kind=")[0].replace("/", "-") or "overview"
    if "?" in path:
        name += "-one"
    asked.out.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=asked.out / f"{name}-{what}-{asked.language}.png", full_page=True)
    tab.close()


if __name__ == "__main__":
    sys.exit(main())
