// Small behaviours that pages ask for by attributes; each page works without them, too.
addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const source = document.getElementById(copy.dataset.copy);
    // Without HTTPS a browser has no clipboard for pages: the text is marked, and Ctrl+C takes it.
    if (!navigator.clipboard) {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      return;
    }
    navigator.clipboard.writeText(source.value ?? source.textContent).then(() => {
      const said = copy.querySelector("[data-copied]");
      if (said) said.hidden = false;
    });
  }
});

// A button stays disabled until its box is ticked ("I Understand").
addEventListener("change", (event) => {
  const box = event.target.closest("[data-unlocks]");
  if (box) document.getElementById(box.dataset.unlocks).disabled = !box.checked;
});

// A select or radio shows the parts of the form that belong to its value.
const choose = (input) => {
  const form = input.closest("form");
  const value = input.type === "radio" ? form.querySelector(`[name="${input.name}"]:checked`)?.value : input.value;
  for (const part of form.querySelectorAll(`[data-shown-by="${input.name}"]`)) {
    const shown = part.dataset.shownFor.split(" ").includes(value);
    part.hidden = !shown;
    for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = !shown;
  }
};
addEventListener("change", (event) => {
  if (event.target.matches("[data-chooses]")) choose(event.target);
});
const ready = (root) => root.querySelectorAll("[data-chooses]").forEach(choose);
document.addEventListener("DOMContentLoaded", () => ready(document));
document.addEventListener("htmx:afterSwap", (event) => ready(event.target));

// A box that scrolls can be scrolled by the keyboard; one that does not is no stop on the way.
const scrolled = new ResizeObserver((boxes) => {
  for (const { target } of boxes) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
const watch = (root) => root.querySelectorAll(".table-responsive").forEach((box) => scrolled.observe(box));
document.addEventListener("DOMContentLoaded", () => watch(document));
document.addEventListener("htmx:afterSwap", (event) => watch(event.target));

// A row of tabs that scrolls begins with the page's own one in sight.
document.addEventListener("DOMContentLoaded", () => {
  for (const tab of document.querySelectorAll(".nav-tabs .active")) {
    const row = tab.closest(".nav-tabs");
    row.scrollLeft = tab.parentElement.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
});
