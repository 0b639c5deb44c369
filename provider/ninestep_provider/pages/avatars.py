"""``/mmopen/vi_32/…/132``: avatars drawn by us, so that they load with the network cut."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from ninestep.dialects.wechat.mini_program import ANONYMOUS, ANONYMOUS_AVATAR
from ninestep.web.avatars import of_avatar

from ..services import services
from .avatar import draw


def routes(bp: Blueprint) -> None:
    @bp.get("/mmopen/vi_32/<name>/<int:size>")
    def avatar(name: str, size: int) -> Response:
        if name == ANONYMOUS_AVATAR:
            picture = draw("", ANONYMOUS)
        else:
            try:
                world, uid = of_avatar(name)
            except ValueError:
                abort(404)
            user = services().store.user(world, uid)
            if user is None:
                abort(404)
            picture = draw(user.uid, user.nickname or user.uid)
        response = Response(picture, mimetype="image/svg+xml")
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
