"""Fetch a preset from Kaggle or the Hugging Face Hub; what fails says what to do.

Both keep what they fetched: only the first call needs the network, as long as a Kaggle
name ends with its version (KerasHub's own do). Credentials come
from the variables their own tools read: HF_TOKEN; KAGGLE_API_TOKEN, or KAGGLE_USERNAME
and KAGGLE_KEY.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from worker.presets.gemma3_270m import PresetError

HUGGING_FACE, KAGGLE = "hf://", "kaggle://"
PATIENCE = 15  # seconds for the first small file; the clients may wait for ever
FILES = ["*.json", "*.h5", "*.safetensors", "*.model", "*.spm"]
TOKENS = {
    HUGGING_FACE: "HF_TOKEN (huggingface.co/settings/tokens)",
    KAGGLE: "KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY (kaggle.com/settings)",
}


def fetch(preset: str) -> Path:
    """The folder of a preset `hf://org/name` or `kaggle://org/model/keras/variant`.

    Raises:
        PresetError: naming the page to open and the variable to set, within
            `PATIENCE` seconds unless the large files themselves fail.
    """
    scheme = HUGGING_FACE if preset.startswith(HUGGING_FACE) else KAGGLE
    name = preset.removeprefix(scheme)
    try:
        return Path(_hugging_face(name) if scheme == HUGGING_FACE else _kaggle(name))
    except Exception as error:  # each client has a dozen kinds of its own
        raise PresetError(_explained(scheme, name, error)) from error


def _hugging_face(name: str) -> str:
    if kept := _kept_of_hugging_face(name):
        return kept
    _within(PATIENCE, lambda: _ask_hugging_face(name))
    return _fetch_from_hugging_face(name)


def _kaggle(name: str) -> str:
    """Kaggle's client looks itself for what it keeps."""
    import kagglehub

    _within(PATIENCE, lambda: kagglehub.model_download(name, "config.json"))
    return kagglehub.model_download(name)


def _ask_hugging_face(name: str) -> None:
    """Fail if a file of the model would not be given out; fetch nothing."""
    import huggingface_hub

    huggingface_hub.logging.set_verbosity_error()  # it tells of every new try
    url = huggingface_hub.hf_hub_url(name, "config.json", endpoint=_endpoint())
    huggingface_hub.get_hf_file_metadata(url)


def _fetch_from_hugging_face(name: str) -> str:
    import huggingface_hub

    return huggingface_hub.snapshot_download(
        name, allow_patterns=FILES, endpoint=_endpoint()
    )


def _kept_of_hugging_face(name: str) -> str | None:
    """The folder of a model that was fetched before, whole."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return huggingface_hub.snapshot_download(
            name, allow_patterns=FILES, local_files_only=True
        )
    except LocalEntryNotFoundError:
        return None


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT")


def _within(seconds: float, call: Callable[[], object]) -> None:
    """Run `call` and let its error rise; give up waiting after `seconds`."""
    outcome: list[BaseException | None] = []

    def run() -> None:
        try:
            call()
            outcome.append(None)
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    if outcome[0]:
        raise outcome[0]


def _explained(scheme: str, name: str, error: Exception) -> str:
    """One sentence for what a hub's client raised."""
    preset, page = f"{scheme}{name}", page_of(scheme, name)
    status = _status(error)
    if status in (401, 403):
        return (
            f"{preset} was refused ({status}): open {page}, log in and accept its "
            f"licence, then set {TOKENS[scheme]} of that account."
        )
    if status == 404:
        return f"{preset} was not found: check its name at {page}."
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return (
            "PRESET must be hf://ORGANISATION/NAME or "
            f"kaggle://ORGANISATION/MODEL/keras/VARIANT. Received: {preset!r}."
        )
    return (
        f"{preset} could not be fetched from {page}: check the network, or name a "
        f"folder that has it. ({type(error).__name__})"
    )


def _status(error: BaseException | None) -> int | None:
    """The HTTP status behind an error or its causes."""
    while error is not None:
        if (response := getattr(error, "response", None)) is not None:
            return response.status_code
        error = error.__cause__ or error.__context__
    return None


def page_of(scheme: str, name: str) -> str:
    """The page where a preset is shown and its licence is accepted."""
    if scheme == HUGGING_FACE:
        return f"https://huggingface.co/{name}"
    return f"https://www.kaggle.com/models/{'/'.join(name.split('/')[:2])}"
