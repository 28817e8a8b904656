import assert from "node:assert/strict";
import test from "node:test";
import { titleWith } from "../../static/js/alarm.js";
import { freshName, sends } from "../../static/js/talk.js";
import { clockOf } from "../../static/js/times.js";

test("Enter sends, but not in the middle of a syllable", () => {
  assert.ok(sends({ key: "Enter" }));
  assert.ok(!sends({ key: "Enter", isComposing: true }));
  assert.ok(!sends({ key: "Enter", shiftKey: true }));
  assert.ok(!sends({ key: "a" }));
});

test("each message gets a name of its own", () => {
  assert.notEqual(freshName(), freshName());
  assert.equal(freshName((n) => new Uint8Array(n).fill(10)), "0a".repeat(12));
});

test("the title tells of alarms", () => {
  assert.equal(titleWith(2, "은채 (6살)"), "(2) 은채 (6살)");
  assert.equal(titleWith(0, "은채 (6살)"), "은채 (6살)");
});

test("times are told by the clock of the reader", () => {
  assert.equal(clockOf("2026-11-22T10:42:00+00:00", "ko", "Asia/Seoul"), "19:42");
});
