// Runs before the page is drawn, so that a dark page never flashes white. The choice is kept on this device only.
(() => {
  const key = "rosterkeeper.theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem(key) || "auto";
  const show = () => {
    const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
    document.documentElement.setAttribute("data-bs-theme", theme);
  };
  show();
  dark.addEventListener("change", show);
  addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    localStorage.setItem(key, button.dataset.themeChoice);
    show();
  });
})();
