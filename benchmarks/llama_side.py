"""llama.cpp's side of `benchmarks.llama_meeting`; needs llama-cpp-python alone.

Reads {"gguf", "prompts", "new_tokens", "threads"} from the first line of its input,
answers "ready", then runs "sequential" or "parallel" once a line and answers with the
seconds. Every reply is greedy and has exactly `new_tokens` tokens.
"""

from __future__ import annotations

import json
import sys
import time

import llama_cpp
import numpy as np


class Model:
    """A GGUF with room for all prompts and replies at once."""

    def __init__(self, job: dict) -> None:
        self.prompts, self.new_tokens = job["prompts"], job["new_tokens"]
        llama_cpp.llama_log_set(_silence, None)
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(
            job["gguf"].encode(), parameters
        )
        context = llama_cpp.llama_context_default_params()
        longest = max(map(len, self.prompts)) + self.new_tokens
        context.n_ctx = -(-longest // 256) * 256 * len(self.prompts)
        context.n_seq_max = len(self.prompts)
        context.n_threads = context.n_threads_batch = job["threads"]
        context.n_batch = context.n_ubatch = 512
        self.context = llama_cpp.llama_init_from_model(self.model, context)
        vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(vocabulary)
        self.batch = llama_cpp.llama_batch_init(512, 0, 1)

    def forget(self) -> None:
        memory = llama_cpp.llama_get_memory(self.context)
        llama_cpp.llama_memory_clear(memory, True)

    def decode(self, entries: list[tuple[int, int, int, bool]]) -> None:
        """Run tokens, each with its position, sequence and whether it is scored."""
        self.batch.n_tokens = len(entries)
        for place, (token, position, sequence, wanted) in enumerate(entries):
            self.batch.token[place] = token
            self.batch.pos[place] = position
            self.batch.n_seq_id[place] = 1
            self.batch.seq_id[place][0] = sequence
            self.batch.logits[place] = wanted
        if llama_cpp.llama_decode(self.context, self.batch):
            raise RuntimeError("llama_decode failed.")

    def best(self, place: int) -> int:
        scores = llama_cpp.llama_get_logits_ith(self.context, place)
        return int(np.argmax(np.ctypeslib.as_array(scores, (self.size,))))

    def read(self, sequence: int, prompt: list[int]) -> int:
        last = len(prompt) - 1
        self.decode([(t, n, sequence, n == last) for n, t in enumerate(prompt)])
        return self.best(last)

    def write(self, prompts: dict[int, list[int]]) -> None:
        """Read the prompts one after the other, then write their replies together."""
        following = {s: self.read(s, prompt) for s, prompt in prompts.items()}
        for step in range(self.new_tokens - 1):
            self.decode(
                [(following[s], len(p) + step, s, True) for s, p in prompts.items()]
            )
            following = {s: self.best(n) for n, s in enumerate(prompts)}

    def sequential(self) -> None:
        for prompt in self.prompts:
            self.forget()
            self.write({0: prompt})

    def parallel(self) -> None:
        self.forget()
        self.write(dict(enumerate(self.prompts)))


@llama_cpp.llama_log_callback
def _silence(level, text, data) -> None:
    pass


def main() -> None:
    model = Model(json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        getattr(model, line.strip())()
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
