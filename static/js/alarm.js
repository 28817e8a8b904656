// What a guardian has to see shows in the tab's title, too.

/** The title with the number of alarms before it. */
export function titleWith(count, title) {
  return count ? `(${count}) ${title}` : title;
}

export function showAlarms(root) {
  const title = root.title;
  const show = () => {
    root.title = titleWith(root.querySelectorAll("[data-alarm]").length, title);
  };
  show();
  root.addEventListener("fragment", show);
}
