import assert from "node:assert/strict";
import test from "node:test";
import { lengthOf, verdict } from "../../static/js/counter.js";
import { collect, restore } from "../../static/js/drafts.js";
import { nextTopic } from "../../static/js/guide.js";
import { forget, recall, remember } from "../../static/js/memory.js";

const field = (name, value) => ({ name, value });

test("the counter is silent until few characters are left", () => {
  assert.equal(verdict(84, 100), null);
  assert.deepEqual(verdict(90, 100), { over: false, number: 10 });
  assert.deepEqual(verdict(103, 100), { over: true, number: 3 });
});

test("an emoji is one character, as on the server", () => {
  assert.equal(lengthOf(" 🍜가 "), 2);
});

test("a draft never holds the form's secret", () => {
  assert.deepEqual(collect([field("csrf_token", "secret"), field("name", "지민")]), {
    name: "지민",
  });
});

test("a draft comes back into fields as they were", () => {
  const fields = [field("answer-0", ""), field("answer-1", "")];
  const draft = { initial: collect(fields), values: { "answer-0": "갱시기" } };
  restore(fields, draft, collect(fields));
  assert.deepEqual(collect(fields), { "answer-0": "갱시기", "answer-1": "" });
});

test("a draft does not overwrite what the server knows better", () => {
  const fields = [field("answer-0", "sent from another phone")];
  const draft = { initial: { "answer-0": "" }, values: { "answer-0": "old" } };
  restore(fields, draft, collect(fields));
  assert.equal(fields[0].value, "sent from another phone");
});

test("of choices beside each other the draft keeps the chosen one", () => {
  const radio = (value, checked) => ({ name: "consent-0", type: "radio", value, checked });
  const chosen = collect([radio("named", false), radio("none", true)]);
  assert.deepEqual(chosen, { "consent-0": "none" });
  const fields = [radio("named", true), radio("none", false)];
  const initial = collect(fields);
  restore(fields, { initial, values: chosen }, initial);
  assert.deepEqual(collect(fields), chosen);
});

test("topics of the room and of the list come by turns, and none twice", () => {
  const list = ["a", "b", "c"];
  const seen = ["a"];
  for (let current = "a"; seen.length < 5; seen.push(current)) {
    current = nextTopic({ list, room: ["R", "S"], seen, current });
  }
  assert.deepEqual(seen, ["a", "R", "b", "S", "c"]);
  assert.equal(nextTopic({ list, room: ["R", "S"], seen, current: "c" }), "a");
  assert.equal(nextTopic({ list, room: ["T"], seen, current: "c" }), "T");
  assert.equal(nextTopic({ list, room: [], seen: list, current: "R" }), "a");
});

test("a browser without storage is not an error", () => {
  const broken = {
    getItem() {
      throw new Error("denied");
    },
    setItem() {
      throw new Error("full");
    },
    removeItem() {
      throw new Error("denied");
    },
  };
  assert.equal(recall("x", broken), null);
  remember("x", 1, broken);
  forget("x", broken);
});
