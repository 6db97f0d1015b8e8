// Starting a class by double-click, Enter or a tap; a single click or Space chooses it. Without script the radio buttons
// and the button below do the same.
const form = document.getElementById("classes");
const rows = form ? [...form.querySelectorAll("[data-class]")] : [];
const radio = (row) => row.querySelector("input[type=radio]");
let isTouch = false;
let isStarting = false;

const start = (row) => {
  if (isStarting) return;
  radio(row).checked = true;
  form.requestSubmit();
};

if (form) {
  form.addEventListener("pointerdown", (event) => { isTouch = event.pointerType === "touch"; });
  form.addEventListener("click", (event) => {
    const row = event.target.closest("[data-class]");
    if (!row) return;
    const chosen = radio(row);
    // A click on a label's words comes again as one on its button, which has no place of its own.
    if (event.target !== chosen) {
      chosen.checked = true;
      chosen.focus({ preventScroll: true });
    }
    if (isTouch && event.detail) start(row);
  });
  form.addEventListener("dblclick", (event) => {
    const row = event.target.closest("[data-class]");
    if (row) start(row);
  });
  form.addEventListener("keydown", (event) => {
    isTouch = false;
    const row = event.target.closest("[data-class]");
    if (event.key === "Enter" && row) {
      event.preventDefault();
      start(row);
    }
  });
  // Once is enough; after coming back to the page it may be started again.
  form.addEventListener("submit", (event) => {
    if (isStarting) event.preventDefault();
    isStarting = true;
  });
  addEventListener("pageshow", () => { isStarting = false; });
}

// Searching within the page, as one types; letters count without their accents.
const filter = document.getElementById("filter");
if (filter) {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const known = rows.map((row) => plain(row.textContent));
  const told = document.getElementById("filtered");
  filter.closest("[data-with-script]").hidden = false;
  filter.addEventListener("input", () => {
    const words = plain(filter.value).split(/\s+/).filter(Boolean);
    let left = 0;
    rows.forEach((row, number) => {
      row.hidden = !words.every((word) => known[number].includes(word));
      if (row.hidden) radio(row).checked = false;
      else left += 1;
    });
    told.textContent = `${left} / ${rows.length}`;
    document.getElementById("none-left").hidden = left > 0;
  });
}

// A school chosen with the mouse is shown at once; by keyboard one looks through the names first.
const school = document.getElementById("school");
if (school) {
  let byKeys = false;
  school.addEventListener("keydown", () => { byKeys = true; });
  school.addEventListener("pointerdown", () => { byKeys = false; });
  school.addEventListener("change", () => { if (!byKeys) school.form.requestSubmit(); });
}
