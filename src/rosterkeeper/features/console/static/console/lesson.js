// A started class: asks what has changed, says what was not saved, and moves among the students by keys.
// Without it the marks are plain buttons that send the form.
const SECOND = 1000;
const look = () => document.getElementById("look");
const away = document.getElementById("away");

// While somebody looks at the page: every ten seconds, and every thirty once nobody has touched it for
// ten minutes. Two thousand classes go on at once.
let touched = Date.now();
let asked = Date.now();
const ask = () => {
  if (!look() || document.hidden) return;
  asked = Date.now();
  htmx.trigger(look(), "look");
};
setInterval(() => {
  const every = Date.now() - touched < 600 * SECOND ? 10 : 30;
  if (Date.now() - asked >= every * SECOND) ask();
}, SECOND);
for (const name of ["click", "keydown"]) addEventListener(name, () => { touched = Date.now(); });
addEventListener("visibilitychange", ask);

const failed = (event) => {
  const status = event.detail.xhr?.status ?? 0;
  const child = event.target.closest?.("[data-child]");
  if (child) {
    child.classList.add("has-trouble");
    const trouble = child.querySelector(".child-trouble");
    trouble.hidden = false;
    document.getElementById("said").textContent = `${child.querySelector(".child-name").textContent.trim()}: ${trouble.textContent.trim()}`;
  }
  if ([401, 403, 404].includes(status)) {
    // The class is not this teacher's any more, or nobody is signed in: the page says which.
    location.reload();
  } else if (away) away.hidden = false;
};
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) addEventListener(name, failed);
addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && away) away.hidden = true;
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
