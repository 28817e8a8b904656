"""The training history as a picture."""

from __future__ import annotations

import io

from worker.training.lora import History


def png(history: History) -> bytes:
    """Loss and token accuracy per epoch, as a PNG of 1000 x 400 pixels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), dpi=100, layout="constrained")
    epochs = range(1, len(history.loss) + 1)
    panels = (
        ("Loss per token", history.loss, history.val_loss),
        ("Token accuracy", history.accuracy, history.val_accuracy),
    )
    for axes, (title, training, validation) in zip(
        figure.subplots(1, 2), panels, strict=True
    ):
        axes.plot(epochs, training, marker="o", label="training")
        axes.plot(epochs, validation, marker="o", label="validation")
        axes.axvline(history.best_epoch + 1, color="0.7", linestyle=":", label="kept")
        axes.set(title=title, xlabel="epoch", xticks=list(epochs))
        axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
