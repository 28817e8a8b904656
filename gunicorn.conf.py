"""gunicorn reads this file by itself when it starts in this folder."""

import os

_host = os.environ.get("HOST") or "127.0.0.1"
_port = os.environ.get("PORT") or "8000"
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"

# Pages wait for Redis, not for a CPU: threads do. Several processes share one machine
# only in production (WEB_CONCURRENCY, read by gunicorn itself as `workers`).
worker_class = "gthread"
threads = 8

# Loading before the fork lets a refused setting end the whole process with its exit
# code 2, and saves memory when there are several workers.
preload_app = True

timeout = 30
graceful_timeout = 20
keepalive = 5
# A fresh process now and then, but not in the middle of a game: 500 phones that ask
# each second are there for an hour before the first one.
max_requests = 2_000_000
max_requests_jitter = 100_000
limit_request_line = 4094

# The heartbeat file must not wait for a slow disk.
if os.path.isdir("/dev/shm"):
    worker_tmp_dir = "/dev/shm"

# Otherwise gunicorn opens ~/.gunicorn/gunicorn.ctl for everyone running as this user.
control_socket_disable = True

# Only app/__init__.py (TRUSTED_PROXIES) decides which forwarding headers to believe;
# by default gunicorn would believe X-Forwarded-Proto from this machine.
forwarded_allow_ips = ""

# No access log: paths hold join codes. GUNICORN_CMD_ARGS="--access-logfile -" opens
# one.
accesslog = None
errorlog = "-"


def post_worker_init(worker):
    """In each worker process, after the fork: threads do not survive forks."""
    from app import housekeeper

    housekeeper.start(worker.wsgi)
