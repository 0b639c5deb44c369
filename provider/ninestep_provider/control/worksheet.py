"""The worksheet for programs: which of its experiments were done with an app, by the trace."""

from __future__ import annotations

from typing import Any, TypedDict

from ..services import services
from .found import app_of
from .operation import Operations
from .problem import Problem


class Experiment(TypedDict):
    """``why`` by language: zh-CN and en; ``flow`` and ``exchange`` show it, "" where nothing does."""

    id: str
    done: bool
    why: dict[str, str]
    flow: str
    exchange: str


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/worksheet", worksheet, answer=list[Experiment])


def worksheet(appid: str) -> Any:
    """The twelve experiments: done or not yet, why, and the flow that shows it."""
    from ..learn.worksheet import sheet  # when somebody asks, like its page

    app = app_of(appid)
    if not sheet.fits(app):
        raise Problem(422, f"{appid} is no WeChat official account", field="appid", fix=sheet.USUAL)
    return [sheet.told(name, verdict) for name, verdict in sheet.judged(services(), app).items()]
