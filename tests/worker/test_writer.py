"""Conversations are written as if each were alone, and as KerasHub would."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.model

LENGTHS = (1, 5, 8, 21)  # on both sides of the sliding window of 8 tokens
TOKENS = 20


@pytest.fixture(scope="module")
def ask(tiny):
    """Makes an `Ask` of as many replies as are wanted."""
    from worker.asking import Ask, Plan
    from worker.sampling import Sampling

    sampling = Sampling(temperature=1.0, top_p=0.95)

    def new(prompt, seed=0, replies=4, tokens=TOKENS):
        seeds = np.arange(seed, seed + replies, dtype=np.uint32)
        plan = Plan(new_tokens=tokens, sampling=sampling)
        return Ask(prompt=prompt, seeds=seeds, plan=plan)

    return new


def alone(asked):
    """A conversation of one question."""
    (written,) = yield [asked]
    return written


def new_writer(tiny, network=None, in_head=None, **sizes):
    from worker import weights
    from worker.asking import Ends
    from worker.feeding import Sizes
    from worker.writer import Writer

    network = network or tiny.backbone()
    in_head = np.ones(tiny.VOCABULARY, bool) if in_head is None else in_head
    arch = weights.architecture_of(network)
    params = weights.arrange(arch, weights.weights_of(network), in_head, "float32")
    chosen = {"short": 48, "longest": 260, "rare": 32, "trees": 3} | sizes
    return Writer(arch, params, in_head, Ends(tiny.STOP), Sizes(**chosen))


@pytest.fixture(scope="module")
def writer(tiny):
    """Three trees for more conversations, some too long for the short program."""
    return new_writer(tiny)


@pytest.fixture(scope="module")
def asks(tiny, ask):
    return [ask(prompt, 4 * n) for n, prompt in enumerate(tiny.prompts(*LENGTHS))]


@pytest.fixture(scope="module")
def written(writer, asks):
    return dict(writer.run(map(alone, asks)))


def wanted_greedy(tiny, prompt, tokens, network=None, allowed=None):
    """KerasHub's argmax at the place of each token, and the stop behind them."""
    scores = tiny.logits([*prompt, *tokens], network)[len(prompt) - 1 :]
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    return scores.argmax(axis=-1).tolist()


def is_greedy(tiny, asked, written, **kwargs) -> bool:
    tokens = written.tokens[0]
    wanted = wanted_greedy(tiny, asked.prompt, tokens, **kwargs)
    ended = wanted[len(tokens)] == tiny.STOP or len(tokens) == TOKENS
    return tokens == wanted[: len(tokens)] and (ended or len(written.tokens) > 1)


@pytest.mark.parametrize("place", range(len(LENGTHS)))
def test_greedy_equals_the_backbones_argmax_token_by_token(tiny, asks, written, place):
    assert is_greedy(tiny, asks[place], written[place])


@pytest.mark.parametrize("place", range(len(LENGTHS)))
def test_gemma_2_with_its_caps_and_windows_is_written_too(tiny, asks, place):
    network = tiny.gemma2()
    ((_, made),) = new_writer(tiny, network).run([alone(asks[place])])
    assert is_greedy(tiny, asks[place], made, network=network)


def test_replies_equal_those_of_whole_batches(tiny, asks, written):
    """Drawn ones too: the engine of other devices writes the same tokens."""
    seeds = [asked.seeds for asked in asks]
    rows = tiny.write([asked.prompt for asked in asks], seeds)
    for place, candidates in enumerate(rows.tolist()):
        cut = [
            row[: row.index(tiny.STOP)] if tiny.STOP in row else row
            for row in candidates
        ]
        assert [
            one[: len(own)] for one, own in zip(cut, written[place].tokens, strict=True)
        ] == (written[place].tokens)


@pytest.mark.parametrize("place", range(len(LENGTHS)))
def test_a_reply_does_not_depend_on_what_else_is_written(writer, asks, written, place):
    ((_, made),) = writer.run([alone(asks[place])])
    assert made.tokens == written[place].tokens


def test_the_first_token_comes_with_its_probability(tiny, asks, written):
    for place, asked in enumerate(asks):
        scores = np.exp(tiny.logits(asked.prompt)[-1].astype(np.float64))
        probability = scores.max() / scores.sum()
        assert written[place].sure == pytest.approx(probability, rel=1e-4)


def small_head(tiny):
    in_head = np.zeros(tiny.VOCABULARY, bool)
    in_head[:64] = True
    return in_head


def test_a_token_outside_the_head_can_be_copied(tiny, asks):
    in_head = small_head(tiny)
    asked = asks[3]
    ((_, made),) = new_writer(tiny, in_head=in_head).run([alone(asked)])
    allowed = in_head.copy()
    allowed[asked.prompt] = True
    assert is_greedy(tiny, asked, made, allowed=allowed)
    copied = {token for reply in made.tokens for token in reply if token >= 64}
    assert copied and copied <= {*asked.prompt}


def talk(asks):
    """A conversation of several rounds; the prompts of a round may begin alike."""
    heard = []
    for together in asks:
        heard += yield together
    return heard


def test_later_rounds_and_shared_beginnings_change_nothing(tiny, writer, ask):
    first = tiny.prompts(21)[0]
    prompts = [
        first,
        [*first[:15], 9, 9],
        [*first[:15], 9, 9, 8],
        first[:3],
        [7] * 21,
    ]
    asks = [ask(prompt, seed=n) for n, prompt in enumerate(prompts)]
    rounds = [[asks[0]], asks[1:4], [asks[1], asks[0]], [asks[4]]]
    ((_, heard),) = writer.run([talk(rounds)])
    separate = dict(writer.run(map(alone, asks)))
    order = [0, 1, 2, 3, 1, 0, 4]
    assert [one.tokens for one in heard] == [separate[n].tokens for n in order]


def test_when_enough_replies_have_ended_the_others_end_where_they_are():
    from worker.asking import Ask, Plan
    from worker.trees import Asked

    ask = Ask(prompt=[2], seeds=np.zeros(4, np.uint32), plan=Plan(new_tokens=9))
    asked = Asked.of(ask, np.ones(8, bool))
    for candidate, length in zip(asked.candidates, (5, 2, 6, 3), strict=True):
        candidate.tokens = [4] * length
        candidate.ended = length != 6
    assert asked.limit == 6
    assert [len(tokens) for tokens in asked.written.tokens] == [5, 2, 6, 3]
    asked.candidates[1].ended = False
    assert asked.limit == 9


def test_a_conversation_that_asks_nothing_ends_at_once(writer):
    assert list(writer.run([talk([]), talk([[]])])) == [(0, []), (1, [])]


def test_conversations_may_fail_without_harm_to_the_next(writer, asks, written):
    def fails():
        yield [asks[0]]
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(writer.run([fails(), alone(asks[1])]))
    ((_, made),) = writer.run([alone(asks[1])])
    assert made.tokens == written[1].tokens


@pytest.mark.parametrize("length", [0, 1137])
def test_empty_and_too_long_prompts_are_refused(ask, length):
    from worker.asking import PromptTooLong

    with pytest.raises(PromptTooLong, match=r"must have 1 to 1136 tokens\."):
        ask([2] * length)


def test_rounds_write_what_the_writer_writes(tiny, writer, ask):
    """Other devices: conversations of several rounds, in batches of two."""
    from worker.rounds import Rounds

    prompts = tiny.prompts(21, 5, 8)
    asks = [ask(prompt, seed=8 * n, replies=8) for n, prompt in enumerate(prompts)]
    yes = ask(prompts[1], replies=1, tokens=1)
    talks = [[[asks[0]], [yes, yes], [asks[1]]], [[asks[1]]], [[asks[2]], [asks[0]]]]
    rounds = Rounds(
        writer.arch, writer.params, writer.in_head, writer.ends, sizes=(1, 2)
    )
    made = dict(rounds.run(map(talk, talks)))
    wanted = dict(writer.run(map(talk, talks)))
    assert [[w.tokens for w in made[n]] for n in range(3)] == [
        [w.tokens for w in wanted[n]] for n in range(3)
    ]
    assert made[0][1].sure == pytest.approx(wanted[0][1].sure, rel=1e-4)


@pytest.mark.parametrize("rounds", [False, True])
def test_the_end_of_a_turn_ends_a_reply_and_stands_in_it(
    tiny, writer, asks, written, rounds
):
    from worker.asking import Ends
    from worker.rounds import Rounds
    from worker.writer import Writer

    whole = written[1].tokens[0]
    close = whole[4]
    parts = writer.arch, writer.params, writer.in_head, Ends(tiny.STOP, close)
    closing = Rounds(*parts, sizes=(1,)) if rounds else Writer(*parts, writer.sizes)
    ((_, made),) = closing.run([alone(asks[1])])
    assert made.tokens[0] == whole[: whole.index(close) + 1]


def test_each_run_may_bring_its_own_weights(tiny, writer, asks, written):
    import jax

    other = jax.tree.map(lambda array: array, writer.params)
    other["layers"] = other["layers"][::-1]
    ((_, made),) = writer.run([alone(asks[1])], other)
    ((_, again),) = writer.run([alone(asks[1])])
    assert made.tokens != written[1].tokens
    assert again.tokens == written[1].tokens


def test_many_rows_that_draw_are_scored_as_few_are(tiny, writer, ask):
    """A step has room to score 16 rows or all 32; alone, eight replies need eight."""
    prompts = tiny.prompts(6, 7, 9)
    asks = [ask(prompt, seed=8 * n, replies=8) for n, prompt in enumerate(prompts)]
    together = dict(writer.run(map(alone, asks)))
    separate = [next(writer.run([alone(asked)]))[1] for asked in asks]
    assert [together[n].tokens for n in range(3)] == [made.tokens for made in separate]


def test_a_step_may_read_more_trees_than_are_read_at_once(tiny, asks, written):
    from worker.feeding import Groups

    wide = new_writer(tiny, few=Groups(2, 2), many=Groups(10, 2))
    made = dict(wide.run(map(alone, asks)))
    assert [made[n].tokens for n in made] == [written[n].tokens for n in made]
