// Where the big screen is: which slide, and whether its answer is shown.

/** `slides` are {id, kind}, kind is "title", "quiz" or "end". */
export function start(slides, saved) {
  const index = slides.findIndex((slide) => slide.id === saved?.id);
  return index < 0
    ? { index: 0, revealed: false }
    : { index, revealed: Boolean(saved.revealed) };
}

/** The state after one action; unknown actions change nothing. */
export function act(state, action, slides) {
  const last = slides.length - 1;
  switch (action) {
    case "step":
      return step(state, slides);
    case "next":
      return go(Math.min(state.index + 1, last), state);
    case "back":
      return go(Math.max(state.index - 1, 0), state);
    case "home":
      return go(0, state);
    case "end":
      return go(last, state);
    default:
      return state;
  }
}

function go(index, state) {
  return index === state.index ? state : { index, revealed: false };
}

/** Space: show the answer if there is one to show, else go on. */
function step(state, slides) {
  const slide = slides[state.index];
  if (slide.kind === "quiz" && !state.revealed) return { ...state, revealed: true };
  if (slide.kind === "end") return go(0, state);
  return go(Math.min(state.index + 1, slides.length - 1), state);
}

/** The same place among slides that changed, as when a new quiz arrived. */
export function follow(state, before, after) {
  const id = before[state.index]?.id;
  const index = after.findIndex((slide) => slide.id === id);
  if (index >= 0) return { ...state, index };
  return { index: Math.min(state.index, after.length - 1), revealed: false };
}

/** Which text the main button carries. */
export function label(state, slides) {
  const { kind } = slides[state.index];
  if (kind === "title") return "start";
  if (kind === "end") return "end";
  return state.revealed ? "next" : "reveal";
}

/** "2 / 5" among the quizzes, or nothing outside of them. */
export function position(state, slides) {
  if (slides[state.index].kind !== "quiz") return "";
  const quizzes = slides.filter((slide) => slide.kind === "quiz");
  return `${quizzes.indexOf(slides[state.index]) + 1} / ${quizzes.length}`;
}

const KEYS = {
  " ": "step",
  Enter: "step",
  ArrowRight: "next",
  ArrowDown: "next",
  PageDown: "next",
  ArrowLeft: "back",
  ArrowUp: "back",
  PageUp: "back",
  Home: "home",
  End: "end",
};
const LETTERS = { KeyF: "full", KeyN: "names", KeyL: "labels" };

/** The action of a key press; letters by place, so that ㄹ is F on a Korean layout. */
export function actionOf({ key, code, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return null;
  return KEYS[key] ?? LETTERS[code] ?? null;
}

const FAR = 60;

/** The action of a touch that moved by `dx`, `dy`: a swipe moves, a tap steps. */
export function actionOfTouch(dx, dy) {
  if (Math.abs(dx) > FAR && Math.abs(dx) > 2 * Math.abs(dy)) {
    return dx < 0 ? "next" : "back";
  }
  return Math.hypot(dx, dy) < 10 ? "step" : null;
}
