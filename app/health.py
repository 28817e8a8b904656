"""Is the web process alive, and can a meeting be held now?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError

from app.meetings import store
from protocol import WorkerPhase

blueprint = Blueprint("health", __name__)

REASONS = {
    "redis": "Redis does not answer.",
    "no_worker": "No worker was seen lately. Start one with `python -m worker`.",
    "worker_warming": "The worker is not warm yet.",
}


@blueprint.get("/healthz")
def alive() -> Response:
    """200 whenever this process lives; asks nobody else."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """200 if Redis answers and a warm worker was seen lately, else 503 and why."""
    reason = _missing()
    if reason is None:
        return jsonify(status="ready"), 200
    return jsonify(status="unready", reason=reason, detail=REASONS[reason]), 503


def _missing() -> str | None:
    try:
        workers = store().jobs.workers()
    except RedisError:
        return "redis"
    if not workers:
        return "no_worker"
    warm = any(worker.phase is WorkerPhase.READY for worker in workers)
    return None if warm else "worker_warming"
