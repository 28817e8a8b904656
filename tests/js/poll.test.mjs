import assert from "node:assert/strict";
import test from "node:test";
import { askFor, nextDelay, PATIENCE, poll, SOON } from "../../static/js/poll.js";

/** Runs `poll` with a script of outcomes: true, false or an exception to throw. */
async function run(outcomes, options = {}) {
  const { pace = "fast", awake = async () => {}, keeps = false } = options;
  const waits = [];
  const stop = new AbortController();
  let running = 0;
  let lost = 0;
  let back = 0;
  const ask = async () => {
    running += 1;
    assert.equal(running, 1, "two questions at once");
    await Promise.resolve();
    running -= 1;
    const outcome = outcomes.shift();
    if (!outcomes.length) stop.abort();
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  await poll({
    ask,
    awake,
    wait: async (ms) => waits.push(ms),
    pace: () => pace,
    onLost: () => (lost += 1),
    onBack: () => (back += 1),
    keeps,
    signal: stop.signal,
  });
  return { waits, lost, back, left: outcomes.length };
}

const broken = () => new Error("no answer");

test("questions slow down while nothing changes", async () => {
  const { waits } = await run([false, false, false, false, false, false]);
  assert.deepEqual(waits, [1500, 2250, 3375, 5062.5, 6000, 6000]);
});

test("a change makes questions quick again", async () => {
  const { waits } = await run([false, false, true, false]);
  assert.deepEqual(waits, [1500, 2250, 3375, 1500]);
});

test("a calm page asks less often", () => {
  assert.equal(nextDelay(4000, "calm", false), 6000);
  assert.equal(nextDelay(15_000, "calm", false), 15_000);
  assert.equal(nextDelay(100, undefined, true), 4000);
});

test("it gives up aloud after some failures in a row", async () => {
  const failures = Array.from({ length: PATIENCE + 3 }, broken);
  const { lost, left } = await run(failures);
  assert.equal(lost, 1);
  assert.equal(left, 3);
});

test("an answer in between starts the count of failures anew", async () => {
  const some = Array.from({ length: PATIENCE - 1 }, broken);
  const { lost } = await run([...some, true, ...some.map(broken), true]);
  assert.equal(lost, 0);
});

test("a hidden tab asks nothing until it is seen", async () => {
  let seen;
  const hidden = new Promise((resolve) => (seen = resolve));
  const outcomes = [true];
  const running = run(outcomes, { awake: () => hidden });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(outcomes.length, 1);
  seen();
  await running;
  assert.equal(outcomes.length, 0);
});

function reply(status, etag, text = "") {
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: new Map([["ETag", etag]]),
    text: async () => text,
  };
}

test("the fragment's ETag is sent with the next question", async () => {
  const sent = [];
  const replies = [reply(200, '"a"', "<p>new</p>"), reply(304, '"a"')];
  const fetcher = async (_url, { headers }) => {
    sent.push(headers["If-None-Match"]);
    return replies.shift();
  };
  const shown = [];
  const state = { etag: null };
  assert.equal(await askFor("/live", state, (html) => shown.push(html), fetcher), true);
  assert.equal(await askFor("/live", state, (html) => shown.push(html), fetcher), false);
  assert.deepEqual(sent, [undefined, '"a"']);
  assert.deepEqual(shown, ["<p>new</p>"]);
});

test("an error page is a failure and is never shown", async () => {
  const fetcher = async () => reply(503, null, "<h1>Away</h1>");
  await assert.rejects(askFor("/live", {}, assert.fail, fetcher), /503/);
});

test("a phone in a game says soon that it is lost, and never gives up", async () => {
  const failures = Array.from({ length: 7 }, broken);
  const options = { pace: "live", keeps: true };
  const { waits, lost, back } = await run([...failures, false, true], options);
  assert.deepEqual({ lost, back }, { lost: 1, back: 1 });
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000, 1000]);
});

test("one answer that is missing says nothing yet", async () => {
  const some = Array.from({ length: SOON - 1 }, broken);
  const { lost, back } = await run([...some, true, true], { pace: "live", keeps: true });
  assert.deepEqual({ lost, back }, { lost: 0, back: 0 });
});
