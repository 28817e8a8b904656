// The big screen of a game: keys press the host's buttons, the controls hide.
import { hideWhenIdle } from "./stage.js";

/** The name of a key by its place, so that ㅔ is P on a Korean layout. */
export function keyOf({ key, code, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return null;
  if ([" ", "Enter", "ArrowRight", "PageDown"].includes(key)) return "Space";
  return code;
}

function full(root) {
  if (root.fullscreenElement) root.exitFullscreen();
  else root.documentElement.requestFullscreen?.().catch(() => {});
}

export function controlGame(root) {
  const game = root.querySelector("[data-game]");
  if (!game) return;
  root.addEventListener("keydown", (event) => {
    if (event.repeat || event.target.closest?.("input, select, summary")) return;
    const onButton = event.target.closest?.("button, a") && /^( |Enter)$/.test(event.key);
    const key = onButton ? null : keyOf(event);
    const button = key && root.querySelector(`[data-key="${key}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-full]")) full(root);
  });
  hideWhenIdle(root);
}
