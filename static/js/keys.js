// Single keys as commands: which one was pressed, and whether it is one now.
import { recall, remember } from "./memory.js";

const ARROWS = { ArrowLeft: "k", ArrowRight: "j" };

/** The key as our own name for it: a letter of the key itself while Hangul is on. */
export function keyOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return "";
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  if (/^[1-3?]$/.test(event.key) || event.key === "Escape") return event.key;
  if (event.key in ARROWS) return event.target.type === "radio" ? "" : ARROWS[event.key];
  return event.code?.startsWith("Key") ? event.code[3].toLowerCase() : "";
}

/** Whether a key in this element is for the element: it is typed there. */
export function isTyping(element) {
  const chooses = ["radio", "checkbox"].includes(element.type);
  return element.matches("textarea, select, input") && !chooses;
}

/** Enter in the question saves, as in any other field. */
export function saves(event) {
  const typed = event.target.matches("[data-editing] textarea");
  return typed && event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

/** Single keys can be switched off: speech input would press them by accident. */
export function keepSwitch(box) {
  box.checked = recall("rows-keys") ?? true;
  box.addEventListener("change", () => remember("rows-keys", box.checked));
}
