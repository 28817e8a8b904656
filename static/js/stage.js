// The big screen: shows the state of slides.js and turns keys and touches into it.
import { act, actionOf, actionOfTouch, follow, label, position, start } from "./slides.js";
import { recall, remember } from "./memory.js";

const IDLE = 4000;

function read(stage) {
  return [...stage.querySelectorAll("[data-slide]")].map((element) => ({
    id: element.id,
    kind: element.dataset.slide,
  }));
}

class Stage {
  constructor(root, stage) {
    this.root = root;
    this.stage = stage;
    this.controls = root.querySelector("[data-controls]");
    this.memory = `stage:${stage.dataset.meeting}`;
    this.slides = read(stage);
    this.state = start(this.slides, recall(this.memory, sessionStorage));
    for (const name of ["names", "labels"]) {
      this.set(name, recall(`stage:${name}`) === true);
    }
    this.controls.hidden = false;
    this.draw();
  }

  do(action) {
    if (action === "names" || action === "labels") return this.toggle(action);
    if (action === "full") return this.full();
    const before = this.state;
    this.state = act(before, action, this.slides);
    if (this.state === before) return;
    this.draw(this.state.index !== before.index);
    if (this.state.revealed) this.showAnswer();
  }

  toggle(name) {
    const on = this.button(name).getAttribute("aria-pressed") !== "true";
    this.set(name, on);
    remember(`stage:${name}`, on);
  }

  set(name, on) {
    const style = name === "names" ? "names-first" : "labels-numbers";
    this.stage.classList.toggle(style, on);
    this.button(name).setAttribute("aria-pressed", String(on));
  }

  full() {
    if (this.root.fullscreenElement) this.root.exitFullscreen();
    else this.root.documentElement.requestFullscreen?.().catch(() => {});
  }

  button(name) {
    return this.controls.querySelector(`[data-act="${name}"]`);
  }

  refresh() {
    const fresh = read(this.stage);
    this.state = follow(this.state, this.slides, fresh);
    this.slides = fresh;
    this.draw();
  }

  /** A long answer may lie below the edge of a small screen. */
  showAnswer() {
    const slide = this.root.getElementById(this.slides[this.state.index].id);
    slide.querySelector("[data-reveal]")?.scrollIntoView({ block: "nearest" });
  }

  draw(moved = false) {
    const { index, revealed } = this.state;
    for (const [number, { id }] of this.slides.entries()) {
      const slide = this.root.getElementById(id);
      slide.classList.toggle("is-current", number === index);
      slide.classList.toggle("is-revealed", number === index && revealed);
      slide
        .querySelector("[data-reveal]")
        ?.setAttribute("aria-hidden", String(!(number === index && revealed)));
    }
    const step = this.button("step");
    step.textContent = step.dataset[label(this.state, this.slides)];
    this.button("back").disabled = index === 0;
    this.button("next").disabled = index === this.slides.length - 1;
    step.hidden = this.slides.length === 1;
    this.controls.querySelector("[data-position]").textContent = position(
      this.state,
      this.slides,
    );
    remember(this.memory, { id: this.slides[index].id, revealed }, sessionStorage);
    if (moved) {
      this.root.defaultView.scrollTo(0, 0);
      this.root.getElementById(this.slides[index].id).focus({ preventScroll: true });
    }
  }
}

function listen(root, stage) {
  root.addEventListener("keydown", (event) => {
    const onButton = event.target.closest?.("button, a") && /^( |Enter)$/.test(event.key);
    const action = onButton ? null : actionOf(event);
    if (!action) return;
    event.preventDefault();
    stage.do(action);
  });
  stage.controls.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) stage.do(button.dataset.act);
  });
  let from = null;
  stage.stage.addEventListener("pointerdown", (event) => {
    from = event.button === 0 ? event : null;
  });
  stage.stage.addEventListener("pointerup", (event) => {
    if (!from || String(root.getSelection?.() ?? "")) return;
    const action = actionOfTouch(event.clientX - from.clientX, event.clientY - from.clientY);
    from = null;
    if (action) stage.do(action);
  });
  stage.stage.addEventListener("fragment", () => stage.refresh());
}

export function hideWhenIdle(root) {
  let timer;
  const wake = () => {
    root.documentElement.classList.remove("is-idle");
    clearTimeout(timer);
    timer = setTimeout(() => root.documentElement.classList.add("is-idle"), IDLE);
  };
  for (const kind of ["pointermove", "pointerdown", "focusin"]) {
    root.addEventListener(kind, wake);
  }
  wake();
}

export function startStage(root) {
  const element = root.querySelector("[data-stage]");
  if (!element) return;
  listen(root, new Stage(root, element));
  hideWhenIdle(root);
}
