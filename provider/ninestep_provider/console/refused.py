"""What the control API would refuse where a page has no form to say it at: an app, a user or a world that is not."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from ninestep.web import failures

from ..control.problem import Problem


def handle(bp: Blueprint) -> None:
    @bp.errorhandler(Problem)
    def refused(problem: Problem) -> ResponseReturnValue:
        return failures.answer(problem.status)
