// The conversation guide: a new topic when its time is over, or at the button.
import { recall, remember } from "./memory.js";

/** The topic after `current`: one about the room and one from the list by turns, none
 * that was `seen`; when all were, the list starts again. */
export function nextTopic({ list, room, seen, current }) {
  const fresh = (topics) => topics.find((one) => one !== current && !seen.includes(one));
  const [first, second] = room.includes(current) ? [list, room] : [room, list];
  return fresh(first) ?? fresh(second) ?? list[(list.indexOf(current) + 1) % list.length];
}

const linesOf = (elements) => [...elements].map((line) => line.textContent.trim());

function start(root, guide) {
  const list = linesOf(guide.querySelector("template").content.children);
  const shown = guide.querySelector("[data-guide-topic]");
  const button = guide.querySelector("[data-guide-next]");
  const memory = `topics:${root.location.pathname}`;
  let seen = recall(memory, sessionStorage) ?? [];
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(change, Number(guide.dataset.seconds) * 1000);
  };
  function note() {
    seen = [...new Set([...seen, shown.textContent.trim()])];
    remember(memory, seen, sessionStorage);
  }
  function change() {
    wait();
    const room = linesOf(root.querySelectorAll("[data-room-topics] li"));
    shown.textContent = nextTopic({ list, room, seen, current: shown.textContent.trim() });
    note();
    shown.classList.remove("is-changing");
    void shown.offsetWidth; // starts the animation anew
    shown.classList.add("is-changing");
  }
  if (button) {
    button.hidden = false;
    button.addEventListener("click", change);
  }
  if (seen.includes(shown.textContent.trim())) change();
  else note();
  wait();
}

export function rotateTopics(root) {
  for (const guide of root.querySelectorAll("[data-guide]")) start(root, guide);
}
