// A child's message: sent without leaving the page, once, however often it is tapped.
import { bodyOf, partOf, refresh, send } from "./act.js";

/** A name for the next message, so that the server knows the same tap again. Not
    randomUUID: phones in the same room often have no https. */
export function freshName(random = (n) => crypto.getRandomValues(new Uint8Array(n))) {
  return [...random(12)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** Whether a key sends the message: Enter, but not while Hangul is being composed. */
export function sends(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

function toTheEnd(root, live) {
  const scroller = live.closest("main");
  scroller.scrollTo({ top: scroller.scrollHeight });
  if (live.querySelector("[data-talk-over]")) {
    root.querySelector("[data-talk-form]")?.closest("footer").remove();
  }
}

async function say(root, form) {
  const [text, button] = [form.elements.text, form.querySelector("button")];
  const problem = root.querySelector("[data-talk-problem]");
  if (!text.value.trim() || button.disabled) return;
  button.disabled = true;
  try {
    const answer = await send(form.action, bodyOf(form));
    problem.replaceChildren();
    if (!answer.done) {
      problem.append(partOf(answer.page, "#problem") ?? partOf(answer.page, "h1") ?? "");
      return;
    }
    text.value = "";
    form.elements.sent.value = freshName();
    refresh(root, "");
  } catch {
    problem.textContent = form.dataset.unsent; // the same name: sent twice is once
  } finally {
    button.disabled = false;
    text.focus();
  }
}

export function talk(root) {
  const live = root.querySelector("[data-talk]");
  if (!live) return;
  toTheEnd(root, live);
  live.addEventListener("fragment", () => toTheEnd(root, live));
  const form = root.querySelector("[data-talk-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    say(root, form);
  });
  form?.elements.text.addEventListener("keydown", (event) => {
    if (!sends(event)) return;
    event.preventDefault();
    say(root, form);
  });
}
