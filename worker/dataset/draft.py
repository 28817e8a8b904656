"""`draft`: a four-option question about each candidate, by a server or our own worker.

Every draft is written as soon as it is made, so a run that was killed goes on where it
was. What gave no draft is counted by reason and tried again by the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from worker.dataset import rows
from worker.training.files import DataError

MOST_AT_ONCE = range(1, 65)
MOST_BUSY = 10  # candidates in a row that a busy server gives nothing for
Made = tuple[dict[str, Any] | None, str]  # a draft, or None and the reason


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--input", type=Path, required=True, help="candidates")
    add("--output", type=Path, required=True, help="JSONL; an existing one goes on")
    add("--limit", type=int, help="only so many candidates, the first ones")
    server = parser.add_argument_group(
        "by a server", "speaks OpenAI's API; its key stands in OPENAI_API_KEY"
    ).add_argument
    server("--endpoint", help="such as http://127.0.0.1:8080/v1; default: our worker")
    server("--model", help="the name of its model")
    server("--concurrency", type=_some, default=4, help="requests at a time")
    server("--timeout", type=float, default=120.0, help="seconds of one request")
    own = parser.add_argument_group("by our own worker").add_argument
    own("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    own("--adapter", type=Path, help="default: the shipped one")
    own("--batch-size", type=int, help="candidates at a time")
    own("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))


def _some(text: str) -> int:
    """A number of requests. Raises: ValueError."""
    if int(text) not in MOST_AT_ONCE:
        raise ValueError
    return int(text)


def run(options: argparse.Namespace) -> int:
    if options.endpoint and not options.model:
        raise DataError("--model must name the model that --endpoint is to use.")
    candidates = rows.read(options.input, ("id", "lang", "question", "answer"))
    for place, candidate in enumerate(candidates, 1):
        if faults := rows.faults(candidate):
            raise DataError(f"{options.input}, row {place}: {', '.join(faults)}.")
    candidates = candidates[: options.limit]
    done = {row["id"] for row in rows.read_begun(options.output)}
    left = [one for one in candidates if one["id"] not in done]
    skipped: Counter[str] = Counter()
    started = time.monotonic()
    makes = by_server if options.endpoint else by_worker
    with tqdm(total=len(left), unit="candidate", file=sys.stderr) as bar:
        for draft, reason in makes(left, options) if left else ():
            if draft is None:
                skipped[reason] += 1
            else:
                rows.append(options.output, [draft])
            bar.update()
    summary = {
        "candidates": len(candidates),
        "already": len(candidates) - len(left),
        "drafted": len(left) - skipped.total(),
        "skipped": dict(sorted(skipped.items())),
        "seconds": round(time.monotonic() - started, 1),
    }
    print(json.dumps(summary))
    return 0


def by_server(
    candidates: Sequence[dict[str, Any]], options: argparse.Namespace
) -> Iterator[Made]:
    """Drafts in the order in which they come; a server that is down ends the run."""
    from worker.dataset.endpoint import BUSY, Endpoint, EndpointError, Skipped

    key = os.environ.get("OPENAI_API_KEY", "")
    endpoint = Endpoint(
        *(options.endpoint, options.model, key),
        *(options.timeout, options.concurrency),
    )

    def make(candidate: dict[str, Any]) -> Made:
        try:
            return endpoint.draft(candidate) | {"drafted_by": endpoint.model}, ""
        except Skipped as skipped:
            return None, skipped.reason

    waiting, busy = iter(candidates), 0
    with ThreadPoolExecutor(options.concurrency) as pool:
        running: set[Future[Made]] = {
            pool.submit(make, one) for one in islice(waiting, options.concurrency)
        }
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(make, one) for one in islice(waiting, len(done))}
            for future in done:
                made = future.result()
                busy = busy + 1 if made[1] == BUSY else 0
                yield made
            if busy >= MOST_BUSY:
                raise EndpointError(
                    f"{options.endpoint} stays busy. The same command goes on later."
                )


def by_worker(
    candidates: Sequence[dict[str, Any]], options: argparse.Namespace
) -> Iterator[Made]:
    """Drafts as the worker makes quizzes: candidates, checks, choice, repair."""
    from worker.adapter import AdapterError
    from worker.loading import load_quiz_maker
    from worker.outcomes import Quiz
    from worker.presets import PresetError, name_of
    from worker.recipes import quiz as recipe

    adapter = options.adapter or recipe.ADAPTER
    try:
        maker = load_quiz_maker(
            options.preset, adapter, options.data_dir, batch_size=options.batch_size
        )
    except (PresetError, AdapterError) as error:
        raise DataError(str(error)) from None
    name = f"{name_of(options.preset)} with {adapter.name}"
    # Similar lengths share a batch.
    order = sorted(candidates, key=lambda one: len(one["answer"]))
    items = [maker.of_line(one, one["id"]) for one in order]
    for place, made in maker.stream(items):
        if not isinstance(made, Quiz):
            yield None, str(made.reason)
            continue
        drafted = {
            "quiz_question": made.question,
            "options": list(made.options),
            "correct": made.answer,
            "drafted_by": name,
        }
        yield order[place] | drafted, ""
