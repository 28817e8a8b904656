// Asks the server for a fragment again and again: one request at a time, slower
// while nothing changes, not at all in a hidden tab, and aloud when it gives up.
import { patch } from "./patch.js";

export const FASTEST = { fast: 1500, calm: 4000 };
export const SLOWEST = { fast: 6000, calm: 15000 };
export const PATIENCE = 5;
const TIMEOUT = 10_000;

/** How long to wait before the next question, in milliseconds. */
export function nextDelay(previous, pace, changed) {
  const fastest = FASTEST[pace] ?? FASTEST.calm;
  const slowest = SLOWEST[pace] ?? SLOWEST.calm;
  return changed ? fastest : Math.min(Math.max(previous * 1.5, fastest), slowest);
}

/** Asks until `stop` or until PATIENCE questions in a row got no answer. */
export async function poll({ ask, wait, awake, pace, onLost, signal }) {
  let delay = FASTEST[pace()] ?? FASTEST.calm;
  let failures = 0;
  while (!signal?.aborted) {
    await wait(delay);
    await awake();
    if (signal?.aborted) return;
    try {
      const changed = await ask();
      failures = 0;
      delay = nextDelay(delay, pace(), changed);
    } catch {
      failures += 1;
      delay = nextDelay(delay, pace(), false);
      if (failures >= PATIENCE) return onLost();
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

function startOne(element, notice) {
  const state = { etag: null };
  const between = pause();
  element.addEventListener("refresh", between.hurry);
  const run = () => {
    if (notice) notice.hidden = true;
    poll({
      ask: () => askFor(element.dataset.poll, state, (html) => show(element, html)),
      wait: between.wait,
      awake: whenVisible,
      pace: () => element.querySelector("[data-pace]")?.dataset.pace,
      onLost: () => {
        if (notice) notice.hidden = false;
      },
    });
  };
  notice?.querySelector("[data-poll-retry]")?.addEventListener("click", run);
  run();
}

export function startPolling(root) {
  const notice = root.querySelector("[data-poll-lost]");
  for (const element of root.querySelectorAll("[data-poll]")) startOne(element, notice);
}
