// A round's timer. The server says how much is left; the phone's own clock, which may
// be wrong by minutes, only measures from then on.

/** Whole seconds to show, never below 0. */
export function secondsLeft(end, now) {
  return Math.max(0, Math.ceil((end - now) / 1000));
}

export function runClock(root) {
  let end = null;
  const now = () => performance.now();
  const show = () => {
    const clock = root.querySelector("[data-clock]");
    if (!clock || end === null) return;
    const left = secondsLeft(end, now());
    const text = clock.querySelector("[data-clock-text]");
    if (text.textContent !== String(left)) text.textContent = String(left);
    clock.classList.toggle("is-short", left <= 5);
  };
  const read = () => {
    const clock = root.querySelector("[data-clock]");
    end = clock ? now() + Number(clock.dataset.clock) * 1000 : null;
    show();
  };
  root.addEventListener("fragment", read);
  read();
  setInterval(show, 200);
}
