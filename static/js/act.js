// A host's decision is sent without leaving the page; the live part then asks again.

/** What the browser would send for this button of this form. */
export function bodyOf(form, submitter, Data = FormData) {
  const body = new URLSearchParams(new Data(form));
  if (submitter?.name) body.append(submitter.name, submitter.value);
  return body;
}

/** Sends it: "done", or the page that says what is wrong. */
export async function send(url, body, fetcher = fetch) {
  const response = await fetcher(url, { method: "POST", body, redirect: "manual" });
  if (response.type === "opaqueredirect" || response.ok) return { done: true };
  return { done: false, page: await response.text() };
}

/** The part of a page sent back that is wanted here. */
export function partOf(page, selector) {
  return new DOMParser().parseFromString(page, "text/html").querySelector(selector);
}

/** Lets the live part of the page show what has changed, and says so aloud. */
export function refresh(root, said) {
  root.querySelector("[data-poll]")?.dispatchEvent(new Event("refresh"));
  const status = root.querySelector("[data-act-status]");
  if (status) status.textContent = said;
}

function showProblem(root, page) {
  const place = root.querySelector("[data-act-problem]");
  const problem = partOf(page, "#problem") ?? partOf(page, "h1");
  place.replaceChildren(...(problem ? [problem] : []));
  problem?.focus?.();
  place.scrollIntoView({ block: "center" });
}

/** Where the keyboard goes on when the button that was pressed disappears. */
function keepPlace(root, submitter) {
  const place = submitter?.closest("article, li, .held");
  if (!place) return;
  const ids = [place.id, place.nextElementSibling?.id, place.closest("section")?.id];
  const look = () => {
    if (root.activeElement !== root.body) return;
    const next = ids.map((id) => id && root.getElementById(id)).find(Boolean);
    next?.setAttribute("tabindex", "-1");
    next?.focus({ preventScroll: true });
  };
  root.querySelector("[data-poll]").addEventListener("fragment", look, { once: true });
}

async function act(root, form, submitter) {
  // Without the attribute, `formAction` is the address of the page.
  const own = submitter?.hasAttribute("formaction");
  const url = own ? submitter.formAction : form.action;
  if (submitter) submitter.disabled = true;
  try {
    const answer = await send(url, bodyOf(form, submitter));
    if (answer.done) root.querySelector("[data-act-problem]").replaceChildren();
    else showProblem(root, answer.page);
    if (answer.done) keepPlace(root, submitter);
    refresh(root, answer.done ? form.dataset.done : "");
    return answer.done;
  } catch {
    root.querySelector("[data-poll-lost]").hidden = false;
    return false;
  } finally {
    if (submitter) submitter.disabled = false;
  }
}

export function actInPlace(root) {
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-act-form]") || event.defaultPrevented) return;
    event.preventDefault();
    act(root, event.target, event.submitter);
  });
  root.addEventListener("change", async ({ target }) => {
    if (!target.matches("[data-send]")) return;
    if (!(await act(root, target.form, null))) target.checked = !target.checked;
  });
}
