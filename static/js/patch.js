// Makes an element look like a fresh one and touches only what differs, so that
// focus, scroll position, open <details> and running animations stay.

// What the page changed by itself and the server does not know about.
const OURS = new Set(["open", "data-kept"]);
const OUR_CLASSES = ["is-current", "is-revealed", "is-new", "is-changing"];

export function patch(old, fresh) {
  if (old.isEqualNode(fresh) || old.hasAttribute?.("data-guide")) return;
  patchAttributes(old, fresh);
  const known = new Map();
  for (const child of old.children) if (child.id) known.set(child.id, child);
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = matching(wanted, place, known);
    if (match) {
      if (match !== place) old.insertBefore(match, place);
      place = match.nextSibling;
      patchNode(match, wanted);
    } else {
      old.insertBefore(wanted, place);
      announce(wanted);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** The node of the old page that stands for `wanted`, if there is one. */
function matching(wanted, place, known) {
  if (wanted.id) return known.get(wanted.id) ?? null;
  const alike =
    place && place.nodeName === wanted.nodeName && !(place.nodeType === 1 && place.id);
  return alike ? place : null;
}

function patchNode(old, fresh) {
  if (old.nodeType === Node.ELEMENT_NODE) patch(old, fresh);
  else if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
}

function patchAttributes(old, fresh) {
  const kept = OUR_CLASSES.filter((name) => old.classList.contains(name));
  for (const { name } of [...old.attributes]) {
    if (!OURS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  // A box that somebody clicked no longer follows its attribute.
  if (old.matches("[data-send]")) old.checked = fresh.hasAttribute("checked");
  if (kept.length) old.classList.add(...kept);
}

function announce(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  if (node.matches("[data-new]")) node.classList.add("is-new");
  for (const child of node.querySelectorAll("[data-new]")) child.classList.add("is-new");
}
