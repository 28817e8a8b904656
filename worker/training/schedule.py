"""How large the steps are: warm-up, then constant, falling straight or as a cosine."""

from __future__ import annotations

import math

import keras
from keras import ops

FORMS = ("constant", "linear", "cosine")


@keras.saving.register_keras_serializable("icebreaker")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of step `n`, counted from 0.

    Args:
        form: "constant", or "linear" or "cosine" down to 0 at the last step.
        peak: float, the rate after warm-up.
        steps: int, of the whole run.
        warm_up: int, steps over which the rate rises from 0.

    Example, linear, peak 4.0, 6 steps, 2 of them to warm up: 0, 2, 4, 3, 2, 1.
    """

    def __init__(self, form: str, peak: float, steps: int, warm_up: int = 0) -> None:
        self.form, self.peak, self.steps, self.warm_up = form, peak, steps, warm_up

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rising = step / max(1, self.warm_up)
        done = (step - self.warm_up) / max(1, self.steps - self.warm_up)
        done = ops.clip(done, 0.0, 1.0)
        falling = {
            "constant": ops.ones_like(done),
            "linear": 1.0 - done,
            "cosine": (1.0 + ops.cos(math.pi * done)) / 2,
        }[self.form]
        return self.peak * ops.where(step < self.warm_up, rising, falling)

    def get_config(self) -> dict:
        names = ("form", "peak", "steps", "warm_up")
        return {name: getattr(self, name) for name in names}


def make_schedule(options, steps: int) -> Schedule:
    """The schedule of a run of so many steps; `--warm-up` is a share of them."""
    warm_up = round(steps * options.warm_up)
    return Schedule(options.schedule, options.learning_rate, steps, warm_up)
