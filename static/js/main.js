// Every behaviour finds its own elements; a page that has none costs nothing.
import { actInPlace } from "./act.js";
import { countChosen } from "./bank.js";
import { askFirst } from "./confirm.js";
import { copyButtons } from "./copy.js";
import { countLetters } from "./counter.js";
import { editInPlace } from "./dialog.js";
import { openDoor } from "./door.js";
import { keepDrafts } from "./drafts.js";
import { sendOnce } from "./forms.js";
import { rotateTopics } from "./guide.js";
import { startPolling } from "./poll.js";
import { printButtons } from "./print.js";
import { startStage } from "./stage.js";

askFirst(document);
sendOnce(document);
actInPlace(document);
editInPlace(document);
copyButtons(document);
countChosen(document);
countLetters(document);
keepDrafts(document);
openDoor(document);
rotateTopics(document);
printButtons(document);
startStage(document);
startPolling(document);
document.querySelector("[data-focus]")?.focus();
