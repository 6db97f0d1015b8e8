// A school moves between the two lists when its box is ticked or cleared; nothing is saved before Submit.
const form = document.getElementById("schools");
const listOf = (name) => form.querySelector(`[data-schools="${name}"]`);
const said = document.getElementById("schools-said");
form.addEventListener("change", (event) => {
  const box = event.target.closest('[name="excluded"]');
  if (!box) return;
  const word = box.checked ? "excluded" : "included";
  const item = box.closest("li");
  listOf(word).append(item);
  box.focus();
  for (const name of ["included", "excluded"])
    form.querySelector(`[data-count="${name}"]`).textContent = listOf(name).children.length;
  said.textContent = `${item.querySelector("[data-name]").textContent}: ${said.dataset[word]}`;
});
document.getElementById("school-filter").addEventListener("input", (event) => {
  const sought = event.target.value.trim().toLowerCase();
  for (const item of form.querySelectorAll("li"))
    item.hidden = !item.querySelector("[data-name]").textContent.toLowerCase().includes(sought);
});
// Enter in the search box must not submit the lists.
document.getElementById("school-filter").addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});
