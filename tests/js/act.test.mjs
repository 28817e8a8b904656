import assert from "node:assert/strict";
import test from "node:test";
import { bodyOf, send } from "../../static/js/act.js";
import { pause } from "../../static/js/poll.js";

class Fields {
  constructor(form) {
    this.form = form;
  }
  [Symbol.iterator]() {
    return Object.entries(this.form)[Symbol.iterator]();
  }
}

test("a button's own value is sent with its form", () => {
  const body = bodyOf({ csrf_token: "t" }, { name: "revision", value: "3" }, Fields);
  assert.equal(String(body), "csrf_token=t&revision=3");
});

test("a form without a button is sent as it is", () => {
  assert.equal(String(bodyOf({ kind: "said" }, null, Fields)), "kind=said");
});

test("a redirect means done and is not followed", async () => {
  const asked = [];
  const answer = await send("/x", "body", async (url, options) => {
    asked.push([url, options.method, options.redirect]);
    return { type: "opaqueredirect", ok: false, status: 0 };
  });
  assert.deepEqual(asked, [["/x", "POST", "manual"]]);
  assert.deepEqual(answer, { done: true });
});

test("a refusal brings the page that explains it", async () => {
  const refuse = async () => ({
    type: "basic",
    ok: false,
    status: 409,
    text: async () => "why",
  });
  assert.deepEqual(await send("/x", "", refuse), { done: false, page: "why" });
});

test("a decision ends the pause before the next question", async () => {
  const between = pause();
  const waited = between.wait(60_000);
  between.hurry();
  await waited;
});

test("a decision during a question makes the next pause short", async () => {
  const between = pause();
  between.hurry();
  await between.wait(60_000);
});

test("a pause that nobody ends takes its time", async () => {
  const between = pause();
  const start = performance.now();
  await between.wait(30);
  assert.ok(performance.now() - start >= 25);
});
