"""Waits for its end. STAND_IN_WORKER: steady, busy (needs long to stop), refuse."""

import os
import signal
import sys
import time
from pathlib import Path

from redis import Redis

DATA = Path(os.environ["DATA_DIR"])
MOOD = os.environ.get("STAND_IN_WORKER", "steady")


def stop(*_):
    if MOOD == "busy":
        time.sleep(60)
    redis = Redis.from_url(os.environ["REDIS_URL"])
    with open(DATA / "stopped", "a") as order:
        order.write(f"worker, redis answers: {redis.ping()}\n")
    sys.exit(0)


if __name__ == "__main__":
    if MOOD == "refuse":
        print("ADAPTER must be a folder.", flush=True)
        sys.exit(2)
    signal.signal(signal.SIGTERM, stop)
    (DATA / "worker.env").write_text("\n".join(sorted(os.environ)))
    Redis.from_url(os.environ["REDIS_URL"]).rpush("starts", os.getpid())
    print("worker stand-in works", flush=True)
    while True:
        time.sleep(60)
