"""The other programs' side of `benchmarks.export_roundtrip`; imports nothing of ours.

Reads a JSON job from its input and prints one JSON object: what transformers, PEFT and
llama.cpp make of the same texts, greedily, until the stop token or `new_tokens`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

Tokens = list[list[int]]


def transformers_side(job: dict) -> dict[str, Tokens]:
    """Token ids of the texts, and replies of the merged folder and of PEFT's."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    def load(folder: str):
        return AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        )

    def write(model) -> Tokens:
        return [reply(model, prompt) for prompt in job["prompts"]]

    @torch.inference_mode()
    def reply(model, prompt: list[int]) -> list[int]:
        written = model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=job["new_tokens"],
            do_sample=False,
            eos_token_id=job["stop"],
        )
        return written[0, len(prompt) :].tolist()

    tokenizer = AutoTokenizer.from_pretrained(job["hf"])
    return {
        "tokens": [tokenizer(text).input_ids for text in job["texts"]],
        "hf": write(load(job["hf"])),
        "peft": write(PeftModel.from_pretrained(load(job["base"]), job["peft"])),
    }


def llama_side(job: dict) -> dict[str, Tokens]:
    """Token ids of the texts, and replies of each GGUF file."""
    from llama_cpp import Llama

    found = {}
    for kind, file in job["gguf"].items():
        llama = Llama(file, n_ctx=512, verbose=False, logits_all=False)
        found[kind] = [reply(llama, prompt, job) for prompt in job["prompts"]]
        found["tokens"] = [
            llama.tokenize(text.encode(), special=True) for text in job["texts"]
        ]
        llama.close()
    return found


def reply(llama, prompt: list[int], job: dict) -> list[int]:
    written = []
    for token in llama.generate(prompt, temp=0.0, repeat_penalty=1.0):
        written.append(token)
        if token == job["stop"] or len(written) == job["new_tokens"]:
            break
    return written


def main() -> None:
    job = json.load(sys.stdin)
    side = {"transformers": transformers_side, "llama": llama_side}[job["side"]]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        found = side(job)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
