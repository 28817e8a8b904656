// Asks the server for a fragment again and again: one request at a time, slower
// while nothing changes, not at all in a hidden tab, and aloud when it gives up. A
// phone in a game never gives up: it says so, tries less often, and comes back.
import { patch } from "./patch.js";

export const FASTEST = { live: 1000, crowd: 2000, fast: 1500, calm: 4000 };
export const SLOWEST = { live: 1000, crowd: 2000, fast: 6000, calm: 15000 };
export const PATIENCE = 5;
export const SOON = 2; // failures until a page that keeps trying says so
const TIMEOUT = 10_000;

/** How long to wait before the next question, in milliseconds. */
export function nextDelay(previous, pace, changed) {
  const fastest = FASTEST[pace] ?? FASTEST.calm;
  const slowest = SLOWEST[pace] ?? SLOWEST.calm;
  return changed ? fastest : Math.min(Math.max(previous * 1.5, fastest), slowest);
}

/** The same after a failure, for a page that keeps trying. */
export function backOff(previous) {
  return Math.min(previous * 2, 15_000);
}

/** Asks until `signal`, or until PATIENCE questions in a row got no answer; with
    `keeps` it goes on for ever and tells of the loss and of the return. */
export async function poll({ ask, wait, awake, pace, onLost, onBack, keeps, signal }) {
  const patience = keeps ? SOON : PATIENCE;
  let delay = FASTEST[pace()] ?? FASTEST.calm;
  let failures = 0;
  while (!signal?.aborted) {
    await wait(delay);
    await awake();
    if (signal?.aborted) return;
    try {
      const changed = await ask();
      if (keeps && failures >= patience) onBack();
      delay = nextDelay(delay, pace(), changed);
      failures = 0;
    } catch {
      failures += 1;
      delay = keeps ? backOff(delay) : nextDelay(delay, pace(), false);
      if (failures === patience) onLost();
      if (failures >= patience && !keeps) return;
    }
  }
}

/** One question: true if the fragment changed, an exception if there is no answer. */
export async function askFor(url, state, show, fetcher = fetch) {
  const headers = state.etag ? { "If-None-Match": state.etag } : {};
  const response = await fetcher(url, {
    headers,
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status === 304) return false;
  if (response.status === 404) state.gone?.();
  if (!response.ok) throw new Error(`Status ${response.status}`);
  state.etag = response.headers.get("ETag");
  show(await response.text());
  return true;
}

function whenVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });
}

function show(element, html) {
  const fresh = element.cloneNode(false);
  fresh.innerHTML = html; // our own fragment, escaped by the server
  patch(element, fresh);
  element.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
}

/** A pause that `hurry` ends at once, or before it has begun. */
export function pause() {
  let end = null;
  let hurried = false;
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => end?.(), hurried ? 0 : ms);
        hurried = false;
        end = () => {
          clearTimeout(timer);
          end = null;
          resolve();
        };
      }),
    hurry() {
      if (end) end();
      else hurried = true;
    },
  };
}

/** A room of phones does not ask in step. */
const scattered = (ms) => ms * (0.85 + 0.3 * Math.random());

function startOne(element, notice) {
  const between = pause();
  const keeps = "pollKeeps" in element.dataset;
  // A deleted meeting is no lost connection: the page itself says what is the matter.
  const state = { etag: null, gone: keeps ? () => location.reload() : null };
  const lost = (is) => {
    if (notice) notice.hidden = !is;
  };
  element.addEventListener("refresh", between.hurry);
  const run = () => {
    lost(false);
    poll({
      ask: () => askFor(element.dataset.poll, state, (html) => show(element, html)),
      wait: (ms) => between.wait(keeps ? scattered(ms) : ms),
      // Who has to be warned is, also while looking at another tab.
      awake: "pollAwake" in element.dataset ? () => {} : whenVisible,
      pace: () => element.querySelector("[data-pace]")?.dataset.pace,
      onLost: () => lost(true),
      onBack: () => lost(false),
      keeps,
    });
  };
  if (keeps) addEventListener("online", between.hurry);
  const retry = keeps ? between.hurry : run;
  notice?.querySelector("[data-poll-retry]")?.addEventListener("click", retry);
  run();
}

export function startPolling(root) {
  const notice = root.querySelector("[data-poll-lost]");
  for (const element of root.querySelectorAll("[data-poll]")) startOne(element, notice);
}
