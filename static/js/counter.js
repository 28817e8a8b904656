// Says how many characters are left, but only when that is getting few.

export const NEAR = 0.85;

/** Characters as the server counts them: code points, not UTF-16 units. */
export function lengthOf(text) {
  return [...text.trim()].length;
}

/** What to say about `length` of `limit`: nothing, how many left, how many over. */
export function verdict(length, limit) {
  if (length > limit) return { over: true, number: length - limit };
  if (length < limit * NEAR) return null;
  return { over: false, number: limit - length };
}

export function countLetters(root) {
  for (const counter of root.querySelectorAll("[data-counter]")) {
    const field = root.getElementById(counter.dataset.counter);
    const update = () => {
      const found = verdict(lengthOf(field.value), Number(field.dataset.limit));
      counter.hidden = !found;
      if (!found) return;
      const text = found.over ? counter.dataset.overText : counter.dataset.text;
      counter.textContent = text.replace("#", found.number.toLocaleString());
      counter.toggleAttribute("data-over", found.over);
    };
    field.addEventListener("input", update);
    update();
  }
}
