// Light or dark before the first paint: what was chosen here, else what the machine prefers.
(() => {
  const key = "callcontrol-theme";
  const prefers = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const kept = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const show = () => document.documentElement.setAttribute("data-bs-theme", kept() || prefers());
  show();
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try { localStorage.setItem(key, next); } catch { /* private window: it lasts for this page */ }
    document.documentElement.setAttribute("data-bs-theme", next);
  });
})();
