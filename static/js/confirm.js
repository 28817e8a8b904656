// Asks before a button does what cannot be undone.
export function askFirst(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !window.confirm(button.dataset.confirm)) event.preventDefault();
  });
}
