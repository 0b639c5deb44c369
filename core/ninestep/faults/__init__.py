"""Misbehaviour on demand: which kinds there are and where (``kinds``), when one fires (``acting``), and what it then
does to an answer (``spoiling``). One place for every endpoint of provider and resource API."""

from __future__ import annotations

from .acting import again, due, init_app, note, waiting

__all__ = ["again", "due", "init_app", "note", "waiting"]
