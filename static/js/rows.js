// Reviewing training rows: one at a time, by key or thumb, without leaving the page.
// The server draws every row; this sends decisions, puts the next row in place, and
// keeps focus and voice with it.
import { bodyOf } from "./act.js";
import { leaveEdit, showEvidence, startEdit } from "./desk.js";
import { isTyping, keepSwitch, keyOf, saves } from "./keys.js";

const TIMEOUT = 10_000;
const DIFFICULTIES = { 1: "easy", 2: "medium", 3: "hard" };

async function ask(url, body) {
  const signal = AbortSignal.timeout(TIMEOUT);
  const response = await fetch(url, body ? { method: "POST", body, signal } : { signal });
  if (response.status === 404) location.reload(); // the row, or the link, is gone
  if (response.status >= 500) throw new Error(`Status ${response.status}`);
  return response;
}

class Review {
  constructor(root, desk) {
    this.root = root;
    this.desk = desk;
    this.busy = false;
    this.help = root.querySelector("[data-keys]");
  }

  find(selector) {
    return this.desk.querySelector(selector);
  }

  say(text) {
    this.root.querySelector("[data-act-status]").textContent = text;
  }

  /** Asks for a page and shows its row here; one at a time, so that no decision is
      about a row that nobody has seen. */
  async go(url, body, said = "") {
    if (this.busy) return;
    this.busy = true;
    const lost = this.root.querySelector("[data-lost]");
    try {
      const response = await ask(url, body);
      this.show(await response.text());
      if (response.redirected || !body) history.replaceState(null, "", response.url);
      this.say(`${said} ${this.find("[data-decide]").dataset.said}`.trim());
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    } finally {
      this.busy = false;
    }
  }

  show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.querySelector("[data-review]");
    if (!fresh) throw new Error("This page has no row.");
    const pressed = this.root.activeElement?.closest("[data-review] :is(a, button)")?.id;
    this.desk.replaceChildren(...fresh.childNodes);
    const problem = this.find("#problem");
    (problem ?? this.button(pressed) ?? this.find("#row")).focus({ preventScroll: !problem });
    if (!problem) this.find("#row").scrollIntoView({ block: "nearest" });
    showEvidence(this.desk);
  }

  /** The button that was pressed, where it is there again. */
  button(id) {
    const same = id && this.root.getElementById(id);
    return same && !same.disabled && same.getClientRects().length ? same : null;
  }

  submit(form, button) {
    const own = button?.hasAttribute("formaction");
    const body = bodyOf(form, button);
    return this.go(own ? button.formAction : form.action, body, button?.dataset.done);
  }

  edit(is) {
    const fields = this.find("[data-editing]");
    if (!fields || fields.hidden !== is) return;
    if (is) startEdit(this.desk, fields);
    else leaveEdit(this.desk, fields);
  }

  difficulty(name) {
    const choice = this.find(`#difficulty-${name}`);
    if (!choice || choice.checked) return;
    choice.checked = true;
    this.rate(choice);
  }

  /** On a row that is judged already, the difficulty is saved at once. */
  rate(choice) {
    if ("judged" in choice.dataset) this.submit(choice.form, this.find("#difficulty"));
    else this.say(choice.labels[0].textContent.trim());
  }

  toggleHelp() {
    this.help.open = !this.help.open;
    if (this.help.open) this.help.scrollIntoView({ block: "end" });
  }

  press(key, event) {
    const editing = this.find("[data-editing]:not([hidden])");
    if (key === "Escape" && editing) this.edit(false);
    else if (isTyping(event.target) || editing) return;
    else if (key === "?") this.toggleHelp();
    else if (key in DIFFICULTIES) this.difficulty(DIFFICULTIES[key]);
    else {
      const target = key && this.find(`[data-key="${key}"]`);
      if (!target || target.disabled) return;
      target.click();
    }
    event.preventDefault();
  }
}

export function reviewRows(root) {
  const desk = root.querySelector("[data-review]");
  if (!desk) return;
  const review = new Review(root, desk);
  const keys = root.querySelector("[data-keys-on]");
  keepSwitch(keys);
  showEvidence(desk);
  desk.addEventListener("submit", (event) => {
    event.preventDefault();
    review.submit(event.target, event.submitter);
  });
  desk.addEventListener("click", (event) => {
    const link = event.target.closest("[data-go], [data-edit-open], [data-edit-leave]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if ("go" in link.dataset) review.go(link.href);
    else review.edit("editOpen" in link.dataset);
  });
  desk.addEventListener("change", ({ target }) => {
    if (target.name === "difficulty") review.rate(target);
  });
  root.addEventListener("keydown", (event) => {
    if (saves(event)) {
      event.preventDefault();
      review.find("#save").click();
    } else if (keys.checked && !event.repeat && !event.isComposing) {
      review.press(keyOf(event), event);
    } else if (event.key === "Escape") review.press("Escape", event);
  });
}
