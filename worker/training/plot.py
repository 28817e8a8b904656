"""A training run and its evaluation as pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from worker.training.history import History

OUTCOMES = {
    "right": ("right key", "#2a7f62"),
    "wrong": ("wrong key", "#c8553d"),
    "none": ("no quiz", "0.75"),
}
SMOOTHED = 50  # steps that one point of the loss's line is the mean of


def png(history: History) -> bytes:
    """Loss, token accuracy and learning rate, as a PNG of 1400 x 400 pixels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 4), dpi=100, layout="constrained")
    loss, accuracy, rate = figure.subplots(1, 3)
    _draw_epochs(loss, "Loss per token", history.loss, history.val_loss, history)
    _draw_epochs(
        accuracy, "Token accuracy", history.accuracy, history.val_accuracy, history
    )
    _draw_steps(rate, history)
    return _as_png(figure)


def kinds_png(shares: Mapping[str, Mapping[str, Any]]) -> bytes:
    """What became of each kind of row: a bar for each, as a PNG 900 pixels wide.

    Args:
        shares: for each group the shares `right`, `wrong` and `none` of its rows, and
            `n`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1 + 0.4 * len(shares)), dpi=100, layout="constrained")
    axes = figure.subplots()
    names = [f"{group} ({one['n']})" for group, one in shares.items()]
    start = np.zeros(len(names))
    for part, (label, color) in OUTCOMES.items():
        width = 100 * np.array([one[part] for one in shares.values()])
        axes.barh(names, width, left=start, color=color, label=label)
        start += width
    axes.invert_yaxis()
    axes.set(xlabel="% of the rows", xlim=(0, 100))
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.15))
    return _as_png(figure)


def _draw_epochs(axes, title: str, training, validation, history: History) -> None:
    epochs = range(1, len(training) + 1)
    axes.plot(epochs, training, marker="o", label="training")
    axes.plot(epochs, validation, marker="o", label="validation")
    axes.axvline(history.best_epoch + 1, color="0.7", linestyle=":", label="kept")
    axes.set(title=title, xlabel="epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False)


def _draw_steps(axes, history: History) -> None:
    """The loss of every step, and the learning rate on an axis of its own."""
    if not history.step_loss:  # of an older release
        axes.set_axis_off()
        return
    width = max(1, min(SMOOTHED, len(history.step_loss) // 10))
    smooth = np.convolve(history.step_loss, np.full(width, 1 / width), "valid")
    axes.plot(np.arange(len(smooth)) + width, smooth, color="0.4")
    axes.set(title="Every step", xlabel="step", ylabel="loss")
    other = axes.twinx()
    other.plot(np.arange(1, len(history.step_rate) + 1), history.step_rate, "C2--")
    other.set_ylabel("learning rate (dashed)")
    other.set_ylim(bottom=0)
    other.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))


def _as_png(figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
