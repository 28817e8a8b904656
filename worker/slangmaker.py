"""From a scene to new words: draw, read, check, choose, draw again, mend."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from protocol import Reason, Recipe
from worker.asking import CANDIDATES, NEW_TOKENS, ROOM, Ask, Plan, Reply, ask_for
from worker.model import Gemma
from worker.outcomes import Failed, Skipped
from worker.quality import chat_metrics, slang_checks
from worker.quality.text import normalise, whole_sentences
from worker.quality.words import has_hangul
from worker.recipes import slang as recipe
from worker.recipes.slang import Proposal
from worker.sampling import Sampling

PROPOSALS = 4
GOOD = 2  # proposals that keep every rule, for there to be enough to choose from
ROUNDS = 3  # of drawing
DRAFTS = Plan(new_tokens=NEW_TOKENS, sampling=Sampling(temperature=0.9, top_p=0.95))
PART = Plan(new_tokens=48, sampling=Sampling(temperature=0.9, top_p=0.95))
LONGEST = ROOM - 4 * NEW_TOKENS  # tokens of a prompt, for half the replies at least

_ENDS = (*".!?~…", *"'\"’”)", "요", "다")
Checked = tuple[Proposal, dict[str, bool]]
Talk = Generator[list[Ask], list[Reply], Any]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a word is wanted for. The same `seed_text` gives the same proposals."""

    context: str
    seed_text: str
    condition: str = ""
    avoid: tuple[str, ...] = ()  # words that were not wanted


@dataclass(frozen=True, kw_only=True)
class Words:
    """Proposals with their checks, the best first; never none.

    Of what was `drawn`, so much could be `read`; `first` is the first, greedy one.
    """

    proposals: tuple[Checked, ...]
    first: Proposal | None = None
    drawn: int = 0
    read: int = 0


class SlangMaker:
    """Makes words with one loaded model."""

    recipe = Recipe.SLANG
    unit = "scene"
    needs = "context"  # of an input line

    def __init__(self, gemma: Gemma) -> None:
        self.gemma = gemma

    @classmethod
    def shipped(cls, gemma: Gemma) -> SlangMaker:
        """With what comes with the product: nothing but the model."""
        return cls(gemma)

    def stream(self, items: Sequence[Scene]) -> Iterator[tuple[int, Any]]:
        """Each scene's place and outcome, as soon as it is made."""
        return self.gemma.hold(map(self._talk, items))

    def _talk(self, scene: Scene) -> Talk:
        context = normalise(scene.context)
        if not context:
            return Skipped(reason=Reason.EMPTY)
        prompt = self._prompt(context, normalise(scene.condition))
        drafts: list[Proposal | None] = []
        chosen: list[Checked] = []
        for number in range(ROUNDS):
            seed_text = f"{scene.seed_text} {number}"
            (written,) = yield [ask_for(prompt, CANDIDATES, DRAFTS, seed_text)]
            drafts += map(recipe.parse_reply, written.texts)
            chosen = _choose(filter(_is_whole, drafts), scene)
            if sum(map(_is_good, chosen)) >= GOOD:
                break
        chosen = chosen or _choose(drafts, scene)
        if not chosen:
            chosen = _choose([(yield from self._by_parts(prompt, scene))], scene)
        if chosen and not any(map(_is_good, chosen)):
            chosen = yield from self._with_example(prompt, chosen, scene)
        if not chosen:
            return Failed(reason=Reason.UNPARSABLE)
        return Words(
            proposals=tuple(chosen),
            first=drafts[0],
            drawn=len(drafts),
            read=sum(one is not None for one in drafts),
        )

    def _prompt(self, context: str, condition: str) -> list[int]:
        """The prompt; of a context with no room, its first whole sentences."""
        kept = context
        while True:
            prompt = self.gemma.encode(recipe.build_prompt(kept, condition))
            if len(prompt) <= LONGEST or len(kept) < 2:
                return prompt
            kept = whole_sentences(context, int(len(kept) * 0.8))

    def _by_parts(self, prompt: list[int], scene: Scene) -> Talk:
        """A proposal of a model that keeps to no form: one part after the other."""
        written = ""
        for part in recipe.FIELDS:
            written += f"{part.title()}:"
            lines = yield from self._lines(prompt, written, scene)
            if not lines:
                return None
            written += f" {lines[0]}\n"
        return recipe.parse_reply(written)

    def _with_example(
        self, prompt: list[int], chosen: list[Checked], scene: Scene
    ) -> Talk:
        """The proposals, of the best one with an example that uses its word, if any."""
        best, kept = chosen[0]
        if kept["used_in_example"]:
            return chosen
        begun = recipe.build_target(best.slang, best.description, "").strip()
        lines = yield from self._lines(prompt, begun, scene)
        for line in lines:
            if slang_checks.is_used(best.slang, line):
                fields = asdict(best) | {"example": line}
                others = [one for one, _ in chosen]
                return _choose([Proposal(**fields), *others], scene)
        return chosen

    def _lines(self, prompt: list[int], begun: str, scene: Scene) -> Talk:
        """What may follow on the line of a reply that is begun."""
        longer = prompt + self.gemma.continuation(begun)
        seed_text = f"{scene.seed_text} {begun}"
        (written,) = yield [ask_for(longer, CANDIDATES, PART, seed_text)]
        lines = [(text.strip().splitlines() or [""])[0] for text in written.texts]
        return [line.strip() for line in lines if line.strip()]

    @staticmethod
    def of_record(record: Mapping[str, Any], seed_text: str) -> Scene:
        """The scene of a studio's item."""
        return Scene(
            context=record["context"],
            condition=record.get("condition") or "",
            avoid=tuple(record.get("avoid") or ()),
            seed_text=seed_text,
        )

    @staticmethod
    def to_record(record: Mapping[str, Any], made: Words) -> dict[str, Any]:
        """What a ready item of a studio gets."""
        return {
            "proposals": [
                asdict(one) | {"checks": kept} for one, kept in made.proposals
            ]
        }

    @staticmethod
    def of_line(row: Mapping[str, Any], seed_text: str) -> Scene:
        """The scene of an input line of `worker.generate`. Raises: KeyError."""
        condition = str(row.get("condition") or "")
        return Scene(
            context=str(row["context"]), condition=condition, seed_text=seed_text
        )

    @staticmethod
    def to_line(made: Words) -> dict[str, Any]:
        """What an output line of `worker.generate` says."""
        return {"slang": asdict(made.proposals[0][0])}


def _is_whole(one: Proposal | None) -> bool:
    """Whether a proposal was written to its end, and goes in no circles."""
    if one is None or chat_metrics.loops(f"{one.description} {one.example}"):
        return False
    quotes = one.example.count("'") if has_hangul(one.example) else 0
    return one.example.endswith(_ENDS) and quotes % 2 == 0


def _choose(drafts: Iterable[Proposal | None], scene: Scene) -> list[Checked]:
    """The best proposals that are not among those to avoid."""
    wanted = [one for one in drafts if one and not _is_avoided(one, scene)]
    return slang_checks.choose(wanted, scene.context, scene.condition, wanted=PROPOSALS)


def _is_avoided(one: Proposal, scene: Scene) -> bool:
    return any(
        slang_checks.is_same(one, Proposal(slang=word, description="", example=""))
        for word in scene.avoid
    )


def _is_good(one: Checked) -> bool:
    return all(one[1].values())
