// What was typed into a form outlives a session that ended meanwhile: it waits in this tab until its person has signed
// in again and is back on the page. Passwords and other secrets, files and hidden fields never wait.
const KEPT = "typed";
const account = document.body.dataset.account;
const fields = (form) => [...form.elements].filter((field) =>
  field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));

addEventListener("submit", ({ target: form }) => {
  if (!account || form.method !== "post" || form.hasAttribute("hx-post") || !form.closest("main")) return;
  const values = fields(form).map(({ name, type, value, checked, selectedOptions }) =>
    ({ name, value, checked, chosen: type.startsWith("select") ? [...selectedOptions].map((each) => each.value) : null }));
  const number = [...document.forms].indexOf(form);
  sessionStorage.setItem(KEPT, JSON.stringify({ account, path: location.pathname, number, values }));
});

const again = (form, values) => {
  for (const { name, value, checked, chosen } of values) {
    for (const field of fields(form).filter((each) => each.name === name)) {
      const isBox = field.type === "checkbox" || field.type === "radio";
      if (isBox && field.value !== value) continue;
      const before = isBox ? field.checked : field.value;
      if (isBox) field.checked = checked;
      else if (chosen) for (const option of field.options) option.selected = chosen.includes(option.value);
      else field.value = value;
      // What follows a choice on its page follows it now, too.
      if (chosen || before !== (isBox ? field.checked : field.value))
        field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
};

document.addEventListener("DOMContentLoaded", () => {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept) return;
  if (!account) {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, wasOut: true }));
    return;
  }
  sessionStorage.removeItem(KEPT);
  const form = document.forms[kept.number];
  if (!kept.wasOut || kept.account !== account || kept.path !== location.pathname || !form) return;
  again(form, kept.values);
  document.getElementById("typed-again").hidden = false;
});
