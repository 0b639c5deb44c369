# One image for the three services and the gateway; docker-compose.yml says which of them a container is.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements-build.lock requirements.lock ./
# The wheel is built by a pinned setuptools in an environment of its own, so that nothing comes without a hash.
RUN python -m venv /build \
 && /build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-build.lock \
 && python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY provider provider
COPY resource_api resource_api
COPY client_app client_app
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index -w dist . \
 && /venv/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl \
 && /venv/bin/pip uninstall --yes --quiet pip

FROM python:3.12-slim-bookworm
# The state volume takes its owner from this folder when it is made.
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent ninestep \
 && install -d -m 0700 -o ninestep -g ninestep /state
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 NINESTEP_STATE=/state
USER 10001
WORKDIR /
ENTRYPOINT ["python", "-m", "ninestep.compose_entry"]
