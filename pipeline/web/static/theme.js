// Loaded before anything is drawn, so that neither the chosen theme nor an open menu flashes.
"use strict";
document.documentElement.classList.add("js");
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage may be forbidden: the system's theme it is */ }
