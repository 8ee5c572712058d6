// Keys of the search page: to the question, and through the passages. Everything works without it.
"use strict";

(() => {
  const passages = () => [...document.querySelectorAll(".passages h3 a")].filter((link) => link.checkVisibility());
  function step(by) {
    const stops = passages();
    if (!stops.length) return false;
    const here = stops.findIndex((stop) => stop.closest("li").contains(document.activeElement));
    const stop = stops[here < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.max(0, Math.min(stops.length - 1, here + by))];
    stop.focus();
    stop.closest("li").scrollIntoView({ block: "nearest" });
    return true;
  }
  const keys = {
    "/": () => { const box = document.querySelector("#question"); box?.focus(); box?.select(); return !!box; },
    j: () => step(+1),
    k: () => step(-1),
  };
  let letters = true;
  try { letters = localStorage.getItem("letters") !== "off"; } catch { /* they stay on */ }
  let afterG = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    if (afterG) { afterG = false; return; }
    if (event.key === "g") { afterG = true; setTimeout(() => { afterG = false; }, 1500); return; }
    if (letters && keys[event.key]?.()) event.preventDefault();
  });
})();
