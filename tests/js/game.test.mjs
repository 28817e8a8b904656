import assert from "node:assert/strict";
import test from "node:test";
import { secondsLeft } from "../../static/js/clock.js";
import { keyOf } from "../../static/js/game.js";

test("keys are told by their place, whatever the layout writes", () => {
  assert.equal(keyOf({ key: "ㅔ", code: "KeyP" }), "KeyP");
  assert.equal(keyOf({ key: " ", code: "Space" }), "Space");
  assert.equal(keyOf({ key: "PageDown", code: "PageDown" }), "Space"); // a presenter
  assert.equal(keyOf({ key: "r", code: "KeyR", ctrlKey: true }), null);
});

test("the clock shows whole seconds and stops at 0", () => {
  assert.equal(secondsLeft(10_000, 9_999), 1);
  assert.equal(secondsLeft(10_000, 5_500), 5);
  assert.equal(secondsLeft(10_000, 10_001), 0);
});
