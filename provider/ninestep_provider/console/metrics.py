"""Tab Metrics: the seed's four counters (S0 §7.4), errors by code, approvals and refusals, each service's own."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from ninestep.trace.vocabulary import CLIENT, PROVIDER, RESOURCE
from ninestep.web import metrics
from ninestep.web.hosts import page

from ..services import services
from . import frame
from .chart import chart, shares

FOUR = ("authAttempts", "authSuccess", "authFailures", "tokenRefreshes")
CLIENT_ERROR = "errors:"
DECISIONS = {"approved": "authorizations_approved", "denied": "authorizations_denied"}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/metrics", "metrics", page(shown))


def shown() -> ResponseReturnValue:
    read = {name: metrics.read(services().store, name) for name in (CLIENT, PROVIDER, RESOURCE)}
    client, provider = read[CLIENT][0], read[PROVIDER][0]
    errors = {
        key.removeprefix(CLIENT_ERROR): number
        for key, number in client.items()
        if key.startswith(CLIENT_ERROR)
    }
    decisions = {word: provider.get(name, 0) for word, name in DECISIONS.items()}
    return frame.show(
        "metrics",
        four=chart({name: client.get(name, 0) for name in FOUR}),
        client_errors=errors,
        decisions=shares(decisions) if sum(decisions.values()) else [],
        refusals={name: chart(refused) for name, (_, refused) in read.items() if refused},
        counters={
            name: {key: number for key, number in counted.items() if not key.startswith(CLIENT_ERROR)}
            for name, (counted, _) in read.items()
        },
    )
