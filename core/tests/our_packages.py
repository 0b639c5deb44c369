"""Our packages, and the folder where each of them stands."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "ninestep": ROOT / "core",
    "pytest_ninestep": ROOT / "core",
    "ninestep_provider": ROOT / "provider",
    "ninestep_resource_api": ROOT / "resource_api",
    "ninestep_client_app": ROOT / "client_app",
}
