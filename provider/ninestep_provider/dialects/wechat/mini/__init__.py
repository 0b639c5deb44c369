"""WeChat's mini programs, the server's side (wire.md C): sessions, encrypted data, phone numbers, cgi tokens."""

from __future__ import annotations

from flask import Blueprint

from .cgi_token import stable_token, token
from .jscode2session import jscode2session
from .phone import getuserphonenumber
from .sessions import checksession, resetusersessionkey

ANY = ["GET", "POST"]


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/sns/jscode2session", view_func=jscode2session, methods=ANY)
    bp.add_url_rule("/wxa/checksession", view_func=checksession, methods=ANY)
    bp.add_url_rule("/wxa/resetusersessionkey", view_func=resetusersessionkey, methods=ANY)
    bp.add_url_rule("/wxa/business/getuserphonenumber", view_func=getuserphonenumber, methods=ANY)
    bp.add_url_rule("/cgi-bin/token", view_func=token, methods=ANY)
    bp.add_url_rule("/cgi-bin/stable_token", view_func=stable_token, methods=ANY)
