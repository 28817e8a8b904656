// Opens the page behind an edit link in a dialog over the host's page.
import { bodyOf, partOf, refresh, send } from "./act.js";

function fill(sheet, page) {
  const form = partOf(page, "[data-edit]");
  if (!form) return false;
  sheet.replaceChildren(form);
  return true;
}

async function open(sheet, link) {
  const response = await fetch(link.href);
  if (!response.ok || !fill(sheet, await response.text())) {
    location.assign(link.href);
    return;
  }
  sheet.showModal();
  sheet.querySelector("[autofocus]")?.focus();
}

async function save(root, sheet, form) {
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await send(form.action, bodyOf(form));
    if (answer.done) {
      sheet.close();
      refresh(root, root.querySelector("[data-act-form]").dataset.done);
    } else if (fill(sheet, answer.page)) {
      sheet.querySelector("#problem")?.focus();
    } else {
      form.submit(); // what came back is no form: let the browser show it
    }
  } catch {
    form.removeAttribute("aria-busy");
    root.querySelector("[data-poll-lost]").hidden = false;
    sheet.close();
  }
}

export function editInPlace(root) {
  const sheet = root.querySelector("[data-sheet]");
  if (!sheet?.showModal) return;
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(sheet, link).catch(() => location.assign(link.href));
    }
    if (event.target === sheet || event.target.closest("[data-sheet] [data-close]")) {
      event.preventDefault();
      sheet.close();
    }
  });
  // Before the form is marked as sent once: it may have to be sent again.
  sheet.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    save(root, sheet, event.target);
  });
}
