import assert from "node:assert/strict";
import test from "node:test";
import { isTyping, keyOf, saves } from "../../static/js/keys.js";

const pressed = (key, more = {}) => ({ key, target: { type: "" }, ...more });

test("a letter is the same in capitals and while Hangul is on", () => {
  assert.equal(keyOf(pressed("a")), "a");
  assert.equal(keyOf(pressed("A")), "a");
  assert.equal(keyOf(pressed("ㅁ", { code: "KeyA" })), "a");
  assert.equal(keyOf(pressed("Process", { code: "KeyR" })), "r");
});

test("a letter of another layout is the one on the key, not its place", () => {
  assert.equal(keyOf(pressed("a", { code: "KeyQ" })), "a");
});

test("the browser's own combinations are left to it", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) {
    assert.equal(keyOf(pressed("r", { [held]: true })), "");
  }
});

test("arrows turn the pages, but not where they choose a difficulty", () => {
  assert.equal(keyOf(pressed("ArrowRight")), "j");
  assert.equal(keyOf(pressed("ArrowLeft")), "k");
  assert.equal(keyOf({ key: "ArrowRight", target: { type: "radio" } }), "");
});

test("a key in a field is typed, in a choice it is not", () => {
  const field = (type) => ({ type, matches: () => true });
  assert.ok(isTyping(field("text")));
  assert.ok(isTyping(field("textarea")));
  assert.ok(!isTyping(field("radio")));
});

test("Enter saves an edit, but not in the middle of a syllable", () => {
  const target = { matches: () => true };
  assert.ok(saves({ key: "Enter", target }));
  assert.ok(!saves({ key: "Enter", target, isComposing: true }));
  assert.ok(!saves({ key: "Enter", target, shiftKey: true }));
});
