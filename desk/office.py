"""What considering a response again needs, from the application that the request came to."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from sqlmodel import Session

from cases.answering import Office
from matching.matcher import Mailed, Matcher
from matching.query import Match, Query


def matcher_of(request: Request, session: Session) -> Matcher:
    """A matcher on this session that knows of the base what the last one knew."""
    state: Any = request.app.state
    matcher = Matcher(session, state.settings.matching, getattr(state, "lexicon", None))
    state.lexicon = matcher.lexicon
    return matcher


def office_of(request: Request, session: Session) -> Office:
    def match(query: Query, mailed: Mailed | None) -> Match:
        return matcher_of(request, session).match(query, mailed)

    return Office(request.app.state.settings, request.app.state.templates, match)
