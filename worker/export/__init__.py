"""Take a model elsewhere: to transformers, PEFT, vLLM, llama.cpp or Ollama.

`python -m worker.export` writes a folder; `format` of the command says which of
`hugging_face`, `peft` and `llama` fills it. `tensors` is what they share: the weights
under the names that Hugging Face's Gemma uses.
"""
