// Keeps what somebody types in the survey until it is sent, also over a closed tab.
import { forget, recall, remember } from "./memory.js";

const PAUSE = 400;

/** The fields of a form worth keeping. */
export function collect(fields) {
  const draft = {};
  for (const field of fields) {
    const unchosen = field.type === "radio" && !field.checked;
    if (field.name !== "csrf_token" && !unchosen) draft[field.name] = field.value;
  }
  return draft;
}

/** Puts a draft back into fields that the server left as they were when it began. */
export function restore(fields, draft, initial) {
  for (const field of fields) {
    const kept = draft.values[field.name];
    const untouched = draft.initial[field.name] === initial[field.name];
    if (kept === undefined || !untouched) continue;
    if (field.type === "radio") field.checked = field.value === kept;
    else field.value = kept;
  }
}

export function keepDrafts(root) {
  const done = root.querySelector("[data-draft-done]");
  if (done) forget(`draft:${done.dataset.draftDone}`);
  const form = root.querySelector("form[data-draft]");
  if (!form) return;
  const key = `draft:${form.dataset.draft}`;
  const fields = [...form.querySelectorAll("input, textarea, select")];
  const initial = collect(fields);
  const draft = recall(key);
  if (draft?.values && draft.initial) restore(fields, draft, initial);
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => remember(key, { initial, values: collect(fields) }),
      PAUSE,
    );
  });
}
