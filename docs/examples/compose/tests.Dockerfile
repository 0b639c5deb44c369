FROM python:3.12-slim-bookworm
# libatomic1 is for the Node that Playwright brings; the font is for Chinese in pictures of failed tests.
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium-headless-shell libatomic1 fonts-wqy-zenhei \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /tests
COPY requirements.txt .
RUN --mount=type=bind,from=ninestep,target=/ninestep,rw pip install --no-cache-dir /ninestep -r requirements.txt
CMD ["pytest", "--ignore=vendor"]
