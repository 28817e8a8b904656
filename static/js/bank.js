// Says on each shelf of the question bank how many questions are chosen.
export function countChosen(root) {
  for (const bank of root.querySelectorAll("[data-bank]")) {
    bank.addEventListener("change", (event) => {
      const shelf = event.target.closest("details");
      const chosen = shelf.querySelectorAll("input:checked").length;
      shelf.querySelector("[data-count]").textContent = chosen
        ? bank.dataset.countText.replace("#", chosen)
        : "";
    });
  }
}
