// Copies the text beside a button and says so on the button.
const SHOWN = 2000;

async function copy(button, text) {
  const label = button.firstChild;
  const before = button.dataset.label ?? label.textContent;
  button.dataset.label = before;
  try {
    await navigator.clipboard.writeText(text.textContent.trim());
    label.textContent = button.dataset.done;
  } catch {
    // No clipboard over plain http: select the text, the person copies it.
    getSelection().selectAllChildren(text);
    label.textContent = button.dataset.failed;
  }
  setTimeout(() => {
    label.textContent = before;
  }, SHOWN);
}

export function copyButtons(root) {
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy]");
    if (button) copy(button, root.getElementById(button.dataset.copy));
  });
}
