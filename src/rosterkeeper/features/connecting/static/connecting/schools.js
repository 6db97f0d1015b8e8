// A school moves between the two lists when its box is ticked or cleared; nothing is saved before Submit.
const form = document.getElementById("schools");
const said = document.getElementById("schools-said");
const add = (name, number) => {
  const count = form.querySelector(`[data-count="${name}"]`);
  count.textContent = Number(count.textContent) + number;
};
form.addEventListener("change", (event) => {
  const box = event.target.closest('[name="excluded"]');
  if (!box) return;
  const [from, to] = box.checked ? ["included", "excluded"] : ["excluded", "included"];
  const item = box.closest("li");
  form.querySelector(`[data-schools="${to}"]`).append(item);
  box.focus();
  add(from, -1);
  add(to, 1);
  said.textContent = `${item.querySelector("[data-name]").textContent}: ${said.dataset[to]}`;
});
