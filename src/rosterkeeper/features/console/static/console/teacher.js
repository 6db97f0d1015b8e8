// The "Teacher username" drop-down: a combobox with a list that the server finds as one types (WAI-ARIA Authoring
// Practices, "Editable Combobox With List Autocomplete"). Without script it is a search field with a button.
const box = document.getElementById("teacher");
if (box) {
  const list = document.getElementById("teacher-list");
  const choice = document.getElementById("teacher-choice");
  const chosen = box.dataset.chosen;
  const options = () => [...list.querySelectorAll("[role=option]")];
  let active = -1;
  let isWanted = false;

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  box.form.querySelector("[data-without-script]").remove();

  const mark = (number) => {
    const all = options();
    active = number;
    all.forEach((each, place) => each.setAttribute("aria-selected", String(place === number)));
    if (all[number]) {
      box.setAttribute("aria-activedescendant", all[number].id);
      all[number].scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };
  const show = (isOpen) => {
    list.hidden = !isOpen || !options().length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden) mark(-1);
  };
  // The whole list at first: the name in the field is who is chosen, not what is looked for.
  const open = () => {
    isWanted = true;
    if (options().length) show(true);
    else box.dispatchEvent(new Event("look"));
  };
  const close = () => {
    isWanted = false;
    show(false);
  };
  const choose = (option) => {
    const named = choice.querySelector("input[name=teacher]");
    named.disabled = false;
    named.value = option.dataset.teacher;
    box.value = option.dataset.label;
    close();
    choice.requestSubmit();
  };

  box.addEventListener("htmx:configRequest", (event) => {
    if (box.value === chosen) event.detail.parameters.set("text", "");
  });
  box.addEventListener("input", () => { isWanted = true; });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === list) {
      mark(-1);
      show(isWanted);
    }
  });
  box.addEventListener("focus", () => box.select());
  box.addEventListener("click", open);
  box.addEventListener("blur", () => {
    close();
    box.value = chosen;
    list.replaceChildren();
  });
  // The field keeps the focus while the list is clicked.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  box.addEventListener("keydown", (event) => {
    const last = options().length - 1;
    const isOpen = !list.hidden;
    const to = {
      ArrowDown: active < last ? active + 1 : 0,
      ArrowUp: active > 0 ? active - 1 : last,
      Home: active < 0 ? null : 0,
      End: active < 0 ? null : last,
    }[event.key];
    if (event.key.startsWith("Arrow") && event.key !== "ArrowLeft" && event.key !== "ArrowRight" && !isOpen) {
      event.preventDefault();
      open();
    } else if (isOpen && to !== undefined && to !== null) {
      event.preventDefault();
      mark(to);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (isOpen) close();
      else {
        box.value = chosen;
        list.replaceChildren();
      }
    } else if (event.key === "Enter") {
      event.preventDefault();
      const all = options();
      const one = all[active] ?? (isWanted && all.length === 1 ? all[0] : null);
      if (isOpen && one) choose(one);
      else if (!isOpen) open();
    }
  });
}
