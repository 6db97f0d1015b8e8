// A started class: asks what has changed, says what was not saved, and moves among the students by keys.
// Without it the marks are plain buttons that send the form.
const SECOND = 1000;
const look = () => document.getElementById("look");
const away = document.getElementById("away");

// While somebody looks at the page: every ten seconds, and every thirty once nobody has touched it for
// three minutes. Two thousand classes go on at once.
let touched = Date.now();
let asked = Date.now();
const ask = () => {
  if (!look() || document.hidden) return;
  asked = Date.now();
  htmx.trigger(look(), "look");
};
setInterval(() => {
  const every = Date.now() - touched < 180 * SECOND ? 10 : 30;
  if (Date.now() - asked >= every * SECOND) ask();
}, SECOND);
for (const name of ["click", "keydown"]) addEventListener(name, () => { touched = Date.now(); });
addEventListener("visibilitychange", ask);
addEventListener("online", ask);

// What was clicked while the server could not be reached: by card, which mark, and which one the card had then.
// It is sent once the server answers, unless somebody else has marked the student meanwhile.
const waiting = new Map();
const pressed = (child) => child.querySelector(".child-mark[aria-pressed=true]")?.dataset.key ?? "0";
const send = () => {
  for (const [id, { key, had }] of [...waiting]) {
    waiting.delete(id);
    const child = document.getElementById(id);
    if (child && pressed(child) === had) child.querySelector(`[data-key="${key}"]`)?.click();
  }
};
addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });

const failed = (event) => {
  const status = event.detail.xhr?.status ?? 0;
  const child = event.target.closest?.("[data-child]");
  if (child) {
    child.classList.add("has-trouble");
    const trouble = child.querySelector(".child-trouble");
    trouble.hidden = false;
    const clicked = event.detail.elt;
    if (clicked.dataset.key && (status === 0 || status >= 500)) {
      for (const each of child.querySelectorAll(".is-waiting")) each.classList.remove("is-waiting");
      clicked.classList.add("is-waiting");
      waiting.set(child.id, { key: clicked.dataset.key, had: pressed(child) });
    }
    document.getElementById("said").textContent = `${child.querySelector(".child-name").textContent.trim()}: ${trouble.textContent.trim()}`;
  }
  if ([401, 403, 404].includes(status)) {
    // The class is not this teacher's any more, or nobody is signed in: the page says which.
    location.reload();
  } else if (away) away.hidden = false;
};
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) addEventListener(name, failed);
addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !away) return;
  away.hidden = true;
  waiting.delete(event.detail.elt.closest?.("[data-child]")?.id);
  // What the answer brings is on the page by then.
  if (waiting.size) setTimeout(send, 200);
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
for (const keys of document.querySelectorAll("[data-keys]")) keys.hidden = false;

// One stop of the Tab key a student: the mark that is set, else the first.
const marks = (child) => [...child.querySelectorAll(".child-mark")];
const settle = () => {
  for (const child of document.querySelectorAll("[data-child]")) {
    const all = marks(child);
    const stop = all.find((each) => each === document.activeElement) ?? all.find((each) => each.getAttribute("aria-pressed") === "true") ?? all[0];
    for (const each of all) each.tabIndex = each === stop ? 0 : -1;
  }
};
settle();
addEventListener("htmx:afterSettle", settle);
addEventListener("htmx:oobAfterSwap", settle);

const beside = (child, step) => {
  const all = [...document.querySelectorAll("[data-child]")];
  return all[all.indexOf(child) + step];
};
const moves = {
  ArrowDown: (child, at) => marks(beside(child, 1) ?? child)[at],
  ArrowUp: (child, at) => marks(beside(child, -1) ?? child)[at],
  ArrowRight: (child, at) => marks(child)[Math.min(at + 1, marks(child).length - 1)],
  ArrowLeft: (child, at) => marks(child)[Math.max(at - 1, 0)],
  Home: (_child, at) => marks(document.querySelector("[data-child]"))[at],
  End: (_child, at) => marks([...document.querySelectorAll("[data-child]")].at(-1))[at],
};
document.getElementById("roll")?.addEventListener("keydown", (event) => {
  const child = event.target.closest("[data-child]");
  if (!child || event.altKey || event.ctrlKey || event.metaKey) return;
  const at = Math.max(marks(child).indexOf(event.target), 0);
  const to = moves[event.key]?.(child, at);
  const said = child.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (to) {
    to.focus();
    settle();
  } else if (said) said.click();
  else return;
  event.preventDefault();
});
