// A form that creates something is sent once, also by an impatient thumb.
export function sendOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
  // Back in the history: the form may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll("[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });
}

/** Who is known already needs no button: the form goes off by itself. */
export function sendByItself(root) {
  root.querySelector("form[data-auto]")?.requestSubmit();
}
