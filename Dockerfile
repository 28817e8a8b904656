# Targets: web, worker (CPU), worker-gpu. Each installs its own pinned list, so the web
# image holds no Keras and the worker images no Flask.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DATA_DIR=/data
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin icebreaker \
 && install --directory --owner=icebreaker --group=icebreaker /data
WORKDIR /srv/icebreaker

FROM base AS web
COPY requirements/web.txt requirements/
# --no-deps: see the Makefile.
RUN pip install --no-deps --require-hashes -r requirements/web.txt
COPY privacy.py logs.py gunicorn.conf.py ./
COPY protocol protocol
COPY templates templates
COPY static static
COPY app app
USER icebreaker
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "gunicorn", "app:create_app_from_env()"]

FROM base AS worker
COPY requirements/worker.txt requirements/
RUN pip install --no-deps --require-hashes -r requirements/worker.txt
COPY privacy.py logs.py ./
COPY protocol protocol
COPY worker worker
USER icebreaker
VOLUME /data
CMD ["python", "-m", "worker"]

FROM base AS worker-gpu
COPY requirements/gpu.txt requirements/
RUN pip install --no-deps --require-hashes -r requirements/gpu.txt
COPY privacy.py logs.py ./
COPY protocol protocol
COPY worker worker
USER icebreaker
VOLUME /data
CMD ["python", "-m", "worker"]
