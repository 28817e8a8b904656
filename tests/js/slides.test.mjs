import assert from "node:assert/strict";
import test from "node:test";
import {
  act,
  actionOf,
  actionOfTouch,
  follow,
  label,
  position,
  start,
} from "../../static/js/slides.js";

const slide = (id, kind = "quiz") => ({ id, kind });
const SLIDES = [slide("title", "title"), slide("a"), slide("b"), slide("end", "end")];

function play(actions, slides = SLIDES) {
  return actions.reduce((state, action) => act(state, action, slides), start(slides));
}

test("space starts, reveals, and goes on", () => {
  assert.deepEqual(play(["step"]), { index: 1, revealed: false });
  assert.deepEqual(play(["step", "step"]), { index: 1, revealed: true });
  assert.deepEqual(play(["step", "step", "step"]), { index: 2, revealed: false });
});

test("space on the last slide leads to the start", () => {
  assert.deepEqual(play(["end", "step"]), { index: 0, revealed: false });
});

test("arrows move without revealing and stop at both ends", () => {
  assert.deepEqual(play(["next", "next"]), { index: 2, revealed: false });
  assert.equal(play(["back"]).index, 0);
  assert.equal(play(["end", "next"]).index, 3);
});

test("going back to a question hides its answer again", () => {
  assert.deepEqual(play(["step", "step", "next", "back"]), { index: 1, revealed: false });
});

test("home and end jump", () => {
  assert.equal(play(["next", "end"]).index, 3);
  assert.equal(play(["end", "home"]).index, 0);
});

test("an arrow at the end does not hide a revealed answer", () => {
  const only = [slide("a")];
  const state = act(start(only), "step", only);
  assert.deepEqual(act(state, "next", only), { index: 0, revealed: true });
});

test("a new quiz does not move the slide on show", () => {
  const more = [...SLIDES.slice(0, 1), slide("new"), ...SLIDES.slice(1)];
  const state = { index: 2, revealed: true };
  assert.deepEqual(follow(state, SLIDES, more), { index: 3, revealed: true });
});

test("a dropped quiz leaves a slide that exists", () => {
  const fewer = SLIDES.slice(0, 1);
  assert.deepEqual(follow({ index: 3, revealed: false }, SLIDES, fewer), {
    index: 0,
    revealed: false,
  });
});

test("a reload comes back to the same place", () => {
  assert.deepEqual(start(SLIDES, { id: "b", revealed: true }), {
    index: 2,
    revealed: true,
  });
  assert.deepEqual(start(SLIDES, { id: "gone", revealed: true }), {
    index: 0,
    revealed: false,
  });
});

test("position counts quizzes only", () => {
  assert.equal(position({ index: 2 }, SLIDES), "2 / 2");
  assert.equal(position({ index: 0 }, SLIDES), "");
});

test("the button says what it does", () => {
  assert.equal(label({ index: 0 }, SLIDES), "start");
  assert.equal(label({ index: 1, revealed: false }, SLIDES), "reveal");
  assert.equal(label({ index: 1, revealed: true }, SLIDES), "next");
  assert.equal(label({ index: 3 }, SLIDES), "end");
});

test("keys work on a Korean layout and leave shortcuts alone", () => {
  assert.equal(actionOf({ key: " ", code: "Space" }), "step");
  assert.equal(actionOf({ key: "ㄹ", code: "KeyF" }), "full");
  assert.equal(actionOf({ key: "Home", code: "Home" }), "home");
  assert.equal(actionOf({ key: "f", code: "KeyF", ctrlKey: true }), null);
  assert.equal(actionOf({ key: "x", code: "KeyX" }), null);
});

test("a swipe moves, a tap steps, scrolling does nothing", () => {
  assert.equal(actionOfTouch(-120, 10), "next");
  assert.equal(actionOfTouch(120, 10), "back");
  assert.equal(actionOfTouch(2, 3), "step");
  assert.equal(actionOfTouch(20, 150), null);
});
