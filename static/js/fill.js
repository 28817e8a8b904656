// A suggestion that is tapped is written into its field.
export function fillIn(root) {
  for (const list of root.querySelectorAll("[data-fill]")) {
    const field = root.getElementById(list.dataset.fill);
    list.addEventListener("click", ({ target }) => {
      const chosen = target.closest("button");
      if (!chosen) return;
      field.value = chosen.textContent;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  }
}
