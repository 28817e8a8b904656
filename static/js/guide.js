// The conversation guide: a new topic when its time is over, or at the button.

/** The topic after `current`; the list starts again at its end. */
export function nextTopic(topics, current) {
  return topics[(topics.indexOf(current) + 1) % topics.length];
}

function start(guide) {
  const topics = [...guide.querySelector("template").content.children].map((line) =>
    line.textContent.trim(),
  );
  const shown = guide.querySelector("[data-guide-topic]");
  const button = guide.querySelector("[data-guide-next]");
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(change, Number(guide.dataset.seconds) * 1000);
  };
  function change() {
    wait();
    shown.textContent = nextTopic(topics, shown.textContent.trim());
    shown.classList.remove("is-changing");
    void shown.offsetWidth; // starts the animation anew
    shown.classList.add("is-changing");
  }
  if (button) {
    button.hidden = false;
    button.addEventListener("click", change);
  }
  wait();
}

export function rotateTopics(root) {
  for (const guide of root.querySelectorAll("[data-guide]")) start(guide);
}
