"""Four recipes in one worker: memory, switching, and a child who writes in a batch.

python -m benchmarks.studio [--write]

Recipes whose adapter is not there are run with the bare base, which takes the same
memory and time.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from benchmarks import growth, report

TURNS = 20
SWITCHES = 20


def resident_gigabytes() -> float:
    """What this process holds in memory now."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1e6


def siblings_of(gemma) -> dict:
    """A maker for each recipe of the studio."""
    from worker.adapter import CARD, Adapter
    from worker.recipes import load_recipe
    from worker.siblings import MAKERS

    makers = {}
    for name, kind in MAKERS.items():
        recipe = load_recipe(name)
        adapter = None
        if (recipe.ADAPTER / CARD).is_file():
            version = recipe.PROMPT_VERSION
            adapter = Adapter.load(recipe.ADAPTER, recipe=name, prompt_version=version)
        makers[name] = kind(gemma.with_adapter(adapter))
    return makers


def seconds_of_a_token(gemma) -> float:
    """One token after a short prompt."""
    import numpy as np

    from worker.asking import FIRST_TOKEN

    prompt = [gemma.encode("안녕하세요? 오늘은")]
    seeds = [np.zeros(1, np.uint32)]
    return report.timed(lambda: gemma.reply(prompt, seeds, FIRST_TOKEN))


def switching(gemmas: list) -> float:
    """Milliseconds that a token takes longer if another recipe wrote the one before."""
    same, other = [], []
    for turn in range(SWITCHES):
        one, next_one = gemmas[turn % len(gemmas)], gemmas[(turn + 1) % len(gemmas)]
        seconds_of_a_token(one)
        same.append(seconds_of_a_token(one))
        other.append(seconds_of_a_token(next_one))
    return 1000 * (statistics.median(other) - statistics.median(same))


def talk_of(turns: list[str]):
    """A conversation of these turns; the child begins."""
    from worker.chatter import Talk
    from worker.recipes.dialogue import Scene, Turn

    said = tuple(Turn(by_child=n % 2 == 0, text=t) for n, t in enumerate(turns))
    return Talk(scene=Scene(child="지우", age=7), turns=said, seed_text=f"{len(turns)}")


def converse(chatter) -> list[float]:
    """Seconds of each reply in a conversation of twenty turns of the child."""
    turns, seconds = [], []
    for number in range(TURNS):
        turns.append(f"{number + 1}번째 이야기야. 오늘 학교에서 재미있는 일이 있었어!")
        started = time.perf_counter()
        ((_, said),) = chatter.stream([talk_of(turns)])
        seconds.append(time.perf_counter() - started)
        turns.append(said.text)
    return seconds


def in_a_batch(maker, chatter, answers: int) -> tuple[float, float]:
    """Seconds of a batch, and of a reply that was let in after its first second."""
    waited: list[float] = []
    greeting = talk_of(["안녕!"])
    started = time.perf_counter()

    def let_in() -> None:
        if time.perf_counter() - started > 1:
            maker.gemma.writer.between_steps = lambda: None
            waited.append(report.timed(lambda: list(chatter.stream([greeting]))))

    maker.gemma.writer.between_steps = let_in
    return report.timed(lambda: maker.make(growth.items(answers))), waited[0]


def main() -> None:
    options = report.parser(__doc__).parse_args()
    report.without_tensorflow()
    from worker.loading import load_quiz_maker
    from worker.recipes import quiz

    maker = load_quiz_maker("gemma3_270m", quiz.ADAPTER, options.data_dir)
    maker.warm_up()
    alone = resident_gigabytes()
    started = time.perf_counter()
    makers = siblings_of(maker.gemma)
    loading = (time.perf_counter() - started) / len(makers)
    maker.gemma.warm_up_later()
    chatter = makers["chat"]
    batch, let_in = in_a_batch(maker, chatter, maker.gemma.batch_size)
    replies = converse(chatter)
    halfway = resident_gigabytes()
    replies += converse(chatter)
    gemmas = [maker.gemma, *(one.gemma for one in makers.values())]
    rows = [
        ["the quiz maker alone, GB", alone],
        ["all four, after a batch and 20 turns of a conversation, GB", halfway],
        ["... and after 20 more, GB", resident_gigabytes()],
        ["loading one more adapter, s", loading],
        ["switching, ms (median)", switching(gemmas)],
        ["a reply in a conversation, s (median of 40)", statistics.median(replies)],
        ["... the slowest, s", max(replies)],
        [f"a batch of {maker.gemma.batch_size} quizzes with a reply inside, s", batch],
        ["... the reply, s", let_in],
    ]
    text = f"{report.machine('jax', 'keras-hub')}.\n\n{report.table(['', ''], rows)}"
    report.publish("studio", text, options.write)


if __name__ == "__main__":
    main()
