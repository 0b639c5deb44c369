"""Writing the trace: a draft grows while a request is served and is in Redis before its answer leaves."""

from __future__ import annotations

import time
from typing import Any

import structlog
from cryptography.fernet import MultiFernet
from redis.exceptions import RedisError

from ..digest import fresh_id
from ..keyring import cipher
from ..records import encoder
from ..settings import Settings
from ..store import Store
from ..store.batch import Batch, Later, Script
from ..store.connection import connect, lines_of
from ..store.scripts import JOIN, RECORD
from . import masking
from .counters import SENT, TAKEN, fields
from .exchange import Check, Exchange, HttpRequest, HttpResponse, Note, Steps, Value
from .vocabulary import FAILED, KINDS, OK, REFUSED

LIFE = 24 * 3600  # a flow is kept this long
MOST_FLOWS = 500  # of a world
MOST_RECORDS = 200  # of a flow
STREAM_LENGTH = 5000
TRIM_AT_ONCE = 32

log = structlog.get_logger("ninestep.trace")

Headers = list[tuple[str, str]]


class Draft:
    """One exchange while it happens. Without a name, a world and a flow it is not recorded."""

    def __init__(self, service: str, exchange: str = "") -> None:
        self.service = service
        self.exchange = exchange or fresh_id()
        self.name = ""
        self.world = ""
        self.app = ""
        self.user = ""
        self.flow = ""
        self.at: float | None = None
        self.at_real = time.time()
        self.begun = self.at_real  # or before: nothing of this request was read earlier (``web/sessions.py``)
        self._started = time.perf_counter()
        self.duration: float | None = None
        self.steps: tuple[int, int] | None = None
        self.request = HttpRequest()
        self.response = HttpResponse()
        self.found: list[masking.Found] = []
        self.checks: list[Check] = []
        self.notes: list[Note] = []
        self.fault = ""
        self.outcome = OK
        self.error = ""
        self.reveal = False
        self.state = ""  # hash of the state that this exchange starts or answers
        self.same_state_as = ""
        self.state_altered = False  # a fault sends another state back than came
        self.opens = ""  # the state whose newest flow is the draft's

    def begin(self, name: str, *, world: str = "", app: str = "", flow: str = "", user: str = "") -> Draft:
        self.name = name
        self.world, self.app = world or self.world, app or self.app
        self.flow, self.user = flow or self.flow, user or self.user
        return self

    def check(self, name: str, ok: bool, detail: str = "") -> bool:
        """Record one check that the caller just made; returns ``ok``."""
        self.checks.append(Check(name=name, ok=ok, detail=detail))
        return ok

    def note(self, rule: str, **detail: Any) -> None:
        self.notes.append(Note(rule=rule, detail=detail))

    def refuse(self, error: str) -> None:
        """The party said no, by the protocol's own rules."""
        self.outcome, self.error = REFUSED, error

    def fail(self, error: str) -> None:
        """The party could not answer: a fault, a crash, a missing neighbour."""
        self.outcome, self.error = FAILED, error

    def learn(self, kind: str, value: str, where: str) -> None:
        """A value that no parameter name gives away."""
        if value:
            self.found.append(masking.Found(kind, value, where))

    def asked(self, method: str, url: str, headers: Headers, body: str) -> None:
        self.request = HttpRequest(
            method=method, url=url, headers=_kept(headers), body=body[: masking.MOST_BODY]
        )

    def answered(self, status: int, headers: Headers, body: str) -> None:
        self.response = HttpResponse(status=status, headers=_kept(headers), body=body[: masking.MOST_BODY])

    def stop(self) -> None:
        """The answer is there: what follows is not part of the exchange's time."""
        if self.duration is None:
            self.duration = time.perf_counter() - self._started


class Recorder:
    """One per process. ``patience`` in seconds bounds what an answer may wait for its record."""

    def __init__(
        self, store: Store, trace_key: str, service: str, *, url: str = "", patience: float = 0.05
    ) -> None:
        self.store = store
        self.service = service
        self.trace_key = trace_key
        self.dropped = 0
        self._redis = connect(url, read_timeout=patience, tries=1) if url else store.redis
        self._lines = lines_of(self._redis, tries=1)
        self._record = Script(RECORD)
        self._join = Script(JOIN)

    @classmethod
    def of(cls, settings: Settings, store: Store, service: str) -> Recorder:
        """The recorder of a service, with its own connection so that a slow trace never slows a login."""
        return cls(
            store,
            settings.trace_key,
            service,
            url=settings.redis_url,
            patience=settings.trace_patience / 1000,
        )

    def close(self) -> None:
        """End the recorder's own connections; the store's stay."""
        if self._lines:
            self._lines.close()
        if self._redis is not self.store.redis:
            self._redis.close()

    def draft(self, exchange: str = "", service: str = "") -> Draft:
        return Draft(service or self.service, exchange)

    def state_hash(self, state: str) -> str:
        return masking.fingerprint(self.trace_key, state)

    def start_flow(self, world: str, app: str, state: str) -> str:
        """A fresh flow that an authorize request with this state will join."""
        flow, keys = fresh_id(), self.store.keys
        batch = self.store.batch()
        batch.call("hset", keys.flow(world, flow), "id", flow)
        batch.call("expire", keys.flow(world, flow), LIFE)
        self._point(batch, world, app, state, flow)
        batch.run()
        return flow

    def read_waiting(self, batch: Batch, draft: Draft, state: str) -> Later[str] | None:
        """The newest flow of the draft's app and ``state``, for ``join_flow``; "" where there is none."""
        if not state:
            return None
        index = self.store.keys.state_index(draft.world, draft.app, self.state_hash(state))
        return batch.call("get", index, decode=lambda raw: raw.decode() if raw else "")

    def join_flow(self, draft: Draft, state: str, waiting: str) -> str:
        """``waiting``, if it is open and no authorize request has joined it yet, else a new flow.

        A new one is written with the draft: nobody else knows of it before."""
        if waiting:
            key = self.store.keys.flow(draft.world, waiting)
            if self._join.run(self.store.redis, [key], [draft.exchange]):
                return waiting
            draft.same_state_as = waiting
            draft.note("same_state_as", flow=waiting)
        draft.opens = state
        return fresh_id()

    def write(self, *drafts: Draft, metrics: dict[str, int] | None = None) -> None:
        """Everything in one round trip. If Redis will not take it in time, the answer matters more."""
        ready = [draft for draft in drafts if draft.name and draft.world and draft.flow]
        counters = {**(metrics or {})}
        if told := self.dropped:
            counters[f"{self.service}:trace_dropped"] = told
        if not ready and not counters:
            return
        batch = Batch(self._redis, self._lines)
        counts = []
        for draft in ready:
            draft.stop()
            try:
                counts.append((draft.world, self._queue(batch, draft)))
            except Exception:  # by now a code may be spent: no record is worth the answer
                self.dropped += 1
                log.exception("record could not be made", name=draft.name)
        for name, amount in counters.items():
            batch.call("hincrby", self.store.keys.metrics, name, amount)
        try:
            batch.run()
            self.dropped -= told
            for world, count in counts:
                if count.value > MOST_FLOWS + TRIM_AT_ONCE:
                    self.trim(world)
        except RedisError as error:
            self.dropped += len(ready)
            log.warning("trace dropped", records=len(ready), error=type(error).__name__)

    def finished(self, draft: Draft) -> Exchange:
        """The record of a draft: values found, secrets hidden."""
        values, secrets = self._values(draft)
        kind = KINDS[draft.name]
        steps = draft.steps if draft.steps is not None else kind.steps
        request, response = draft.request, draft.response
        return Exchange(
            world=draft.world,
            app=draft.app,
            user=draft.user,
            flow=draft.flow,
            exchange=draft.exchange,
            at=draft.at if draft.at is not None else draft.at_real,
            at_real=draft.at_real,
            duration=draft.duration or 0.0,
            service=draft.service,
            name=draft.name,
            sender=kind.sender,
            receiver=kind.receiver,
            via=kind.via,
            channel=kind.channel,
            steps=Steps(request=steps[0], response=steps[1]),
            request=HttpRequest(
                method=request.method,
                url=masking.hide(request.url, secrets),
                headers=[(name, masking.hide(value, secrets)) for name, value in request.headers],
                body=masking.hide(request.body, secrets),
            ),
            response=HttpResponse(
                status=response.status,
                headers=[(name, masking.hide(value, secrets)) for name, value in response.headers],
                body=masking.hide(response.body, secrets),
            ),
            values=values,
            checks=draft.checks,
            notes=draft.notes,
            fault=draft.fault,
            outcome=draft.outcome,
            error=draft.error,
        )

    def _values(self, draft: Draft) -> tuple[list[Value], list[tuple[str, str]]]:
        request, response = draft.request, draft.response
        found = [
            *masking.in_url(request.url, "request.query"),
            *masking.in_body(request.body, _content_type(request.headers), "request.body"),
            *masking.in_headers(request.headers, "request"),
            *masking.in_headers(response.headers, "response"),
            *masking.in_body(response.body, _content_type(response.headers), "response.body"),
            *draft.found,
        ]
        seal: MultiFernet | None = cipher(self.trace_key) if draft.reveal else None
        values: list[Value] = []
        secrets: dict[str, str] = {}
        hashes = {
            value: masking.fingerprint(self.trace_key, value) for value in {each.value for each in found}
        }
        for kind, value, where in dict.fromkeys(found):
            masked = value if kind in masking.OPEN else masking.mask(value)
            if masked != value:
                secrets |= dict.fromkeys(masking.spellings(value), masked)
            sealed = seal.encrypt(value.encode()).decode() if seal and masked != value else ""
            values.append(Value(kind=kind, hash=hashes[value], masked=masked, where=where, sealed=sealed))
        longest_first = sorted(secrets.items(), key=lambda pair: -len(pair[0]))
        return values, longest_first

    def _queue(self, batch: Any, draft: Draft) -> Any:
        keys = self.store.keys
        record = self.finished(draft)
        always = {"id": draft.flow, "updated_real": draft.at_real, "last": draft.name}
        if draft.user:
            always["user"] = draft.user
        once: dict[str, Any] = {"app": draft.app, "at": record.at, "at_real": draft.at_real}
        if draft.same_state_as:
            always["same_state_as"] = draft.same_state_as
        if draft.state:
            once["state"] = draft.state
        if draft.opens:
            once["authorize"] = draft.exchange
            self._point(batch, draft.world, draft.app, draft.opens, draft.flow)
        for step in (record.steps.request, record.steps.response):
            if step:
                always[f"step:{step}"] = draft.at_real
        complete = 8 in (record.steps.response,) or record.steps.response == 9
        if draft.outcome == OK and complete:
            always |= {"ended": draft.at_real, "outcome": OK, "error": ""}
        elif draft.outcome != OK and any((record.steps.request, record.steps.response)):
            once |= {"ended": draft.at_real, "outcome": draft.outcome, "error": draft.error}
        head = [
            draft.flow,
            encoder.encode(record),
            draft.at_real,
            LIFE,
            MOST_RECORDS,
            STREAM_LENGTH,
            SENT if draft.state_altered else TAKEN if draft.name == "code.redeemed" else "",
            len(counted := fields(draft.service, draft.checks)),
            len(always),
            *counted,
        ]
        pairs = [part for pair in (always | once).items() for part in pair]
        return batch.script(
            self._record,
            [
                keys.flow(draft.world, draft.flow),
                keys.exchanges(draft.world, draft.flow),
                keys.flows(draft.world),
                keys.stream(draft.world),
                keys.app(draft.world, draft.app),
                keys.checks(draft.world, draft.app),
            ],
            head + pairs,
            decode=int,
        )

    def _point(self, batch: Batch, world: str, app: str, state: str, flow: str) -> None:
        """From (app, state) to its newest flow."""
        index = self.store.keys.state_index(world, app, self.state_hash(state))
        batch.call("set", index, flow, ex=LIFE)
        batch.call("zadd", self.store.keys.index(world), {index.split("}:", 1)[1]: time.time() + LIFE})

    def trim(self, world: str) -> None:
        """Forget the oldest flows of a world that has more than it keeps."""
        oldest = self.store.redis.zpopmin(self.store.keys.flows(world), TRIM_AT_ONCE)
        batch = self.store.batch()
        for flow, _ in oldest:
            batch.call("del", self.store.keys.flow(world, flow.decode()))
            batch.call("del", self.store.keys.exchanges(world, flow.decode()))
        batch.run()


def _kept(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in masking.HEADERS_LEFT_OUT]


def _content_type(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")
