"""How long codes and tokens live: the app's own ``ttl``, else the settings, else what its dialect says."""

from __future__ import annotations

from ..records import App, Ttl
from ..settings import ProviderSettings
from . import DIALECTS


def lifetimes(app: App, settings: ProviderSettings) -> Ttl:
    """Seconds. Settings speak for standard apps and for fidelity ``tutorial``, where somebody set them: an app under
    ``platform`` keeps the platform's lifetimes."""
    usual: Ttl = DIALECTS[app.dialect].lifetimes(app.kind, app.fidelity)
    ours = app.dialect == "standard" or app.fidelity == "tutorial"
    return Ttl(
        code=app.ttl.code or (ours and settings.code_ttl) or usual.code,
        access=app.ttl.access or (ours and settings.access_ttl) or usual.access,
        refresh=app.ttl.refresh or (ours and settings.refresh_ttl) or usual.refresh,
    )
