// Runs before the first paint so that a chosen theme does not flash. Kept out of the page for the sake of
// a content security policy without inline scripts.
try {
  const chosen = localStorage.getItem("freellmapi.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden; the system's theme is a fine answer then.
}
