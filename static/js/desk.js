// What moves on a reviewer's desk: the fields of an edit, a long answer.

function swap(desk, fields, editing) {
  fields.hidden = fields.disabled = !editing;
  for (const part of desk.querySelectorAll("[data-shown]")) part.hidden = editing;
}

/** Puts the fields in the place of the row, the cursor behind the question. */
export function startEdit(desk, fields) {
  swap(desk, fields, true);
  const question = fields.querySelector("[name=question]");
  question.focus();
  question.setSelectionRange(question.value.length, question.value.length);
}

/** Puts the row back, and what was typed away. */
export function leaveEdit(desk, fields) {
  swap(desk, fields, false);
  for (const field of fields.querySelectorAll("textarea, input")) restore(field);
  desk.querySelector("#row").focus();
}

function restore(field) {
  if (field.type === "radio") field.checked = field.defaultChecked;
  else field.value = field.defaultValue;
}

/** Scrolls a long answer to the words that the right option rests on. */
export function showEvidence(desk) {
  const words = desk.querySelector("blockquote mark");
  const answer = words?.closest("blockquote");
  if (answer) answer.scrollTop = words.offsetTop - answer.clientHeight / 2;
}
