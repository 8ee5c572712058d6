// Review: keys, the tooltip of marks, the bar for decisions on several items. Everything works without it.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // The tooltip: hover or focus tells what a mark is. Escape hides it, and one can move onto it.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.role = "tooltip";
  tip.hidden = true;
  document.body.append(tip);
  let told = null;
  let leaving = 0;
  function tell(mark) {
    clearTimeout(leaving);
    if (told === mark) return;
    hide();
    told = mark;
    tip.textContent = mark.dataset.told;
    tip.hidden = false;
    mark.setAttribute("aria-describedby", "tip");
    const at = mark.getBoundingClientRect();
    const box = tip.getBoundingClientRect();
    const below = at.bottom + box.height + 8 < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
    tip.style.top = `${below ? at.bottom + 4 : Math.max(4, at.top - box.height - 4)}px`;
  }
  function hide() {
    if (told) told.removeAttribute("aria-describedby");
    told = null;
    tip.hidden = true;
  }
  const markOf = (target) => target instanceof Element && target.closest("[data-told]");
  document.addEventListener("mouseover", (event) => {
    const mark = markOf(event.target);
    if (mark) tell(mark);
    else if (event.target === tip) clearTimeout(leaving);
    else if (told && !told.matches(":focus")) { clearTimeout(leaving); leaving = setTimeout(hide, 150); }
  });
  document.addEventListener("focusin", (event) => {
    const mark = markOf(event.target);
    if (mark) tell(mark); else hide();
  });
  document.addEventListener("scroll", hide, true);

  // Lines that were folded away: the focus goes to the first of them.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target;
    if (row.matches?.("tr.gap")) row.previousElementSibling?.setAttribute("data-before-gap", "");
  });
  document.addEventListener("htmx:afterSwap", () => {
    const before = one("[data-before-gap]");
    if (!before) return;
    before.removeAttribute("data-before-gap");
    const first = before.nextElementSibling;
    if (first) { first.tabIndex = -1; first.focus({ preventScroll: true }); }
  });

  // The bar for several items is there only when they share source and rules.
  function bar() {
    const form = one("#bulk");
    if (!form) return;
    const chosen = all('input[form="bulk"][name="item"]:checked');
    const mixed = new Set(chosen.map((box) => box.dataset.group)).size > 1;
    form.hidden = chosen.length === 0;
    form.toggleAttribute("data-mixed", mixed);
    one("#bulk-count").textContent = `(${chosen.length})`;
    one("#bulk-hint").textContent = mixed
      ? "These do not wait for the same rules in the same source, so they cannot be decided together."
      : "Each is checked and recorded by itself.";
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches('input[form="bulk"]')) bar();
  });
  document.addEventListener("htmx:afterSettle", bar);
  bar();

  // The button of the decision says what it does.
  const button = one("#decide-button");
  function say() {
    const choice = one('#decision input[name="decision"]:checked');
    if (button) button.textContent = choice ? choice.dataset.says : "Decide";
  }
  one("#decision")?.addEventListener("change", say);
  say();

  // A sentence to begin the reason with; it stays the reviewer's to change.
  const notes = one(".notes");
  if (notes) notes.hidden = false;
  notes?.addEventListener("click", (event) => {
    const note = event.target.closest("[data-note]")?.dataset.note;
    if (!note) return;
    const reason = one("#reason");
    reason.value = reason.value.trim() ? `${reason.value.trim()} ${note}` : note;
    notes.open = false;
    reason.focus();
  });

  // Keys. None of them decides anything.
  function choose(key) {
    const choice = one(`#decision input[data-key="${key}"]`);
    if (!choice) return false;
    choice.checked = true;
    say();
    one("#reason").focus();
    return true;
  }
  function step(selector, by) {
    const stops = all(selector);
    if (!stops.length) return false;
    const here = stops.findIndex((stop) => stop === document.activeElement || stop.contains(document.activeElement));
    const next = here < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.max(0, Math.min(stops.length - 1, here + by));
    const stop = stops[next];
    if (!stop.matches("a, button, input") && stop.tabIndex < 0) stop.tabIndex = -1;
    stop.focus();
    stop.scrollIntoView({ block: "nearest" });
    return true;
  }
  const row = () => document.activeElement?.closest("tr[data-row]");
  const keys = {
    j: () => step("tr[data-row] a.open", +1) ,
    k: () => step("tr[data-row] a.open", -1),
    o: () => { const open = row()?.querySelector("a.open"); open?.click(); return !!open; },
    x: () => { const box = row()?.querySelector('input[name="item"]'); box?.click(); return !!box; },
    a: () => choose("a"),
    r: () => choose("r"),
    i: () => { const next = one("#next-item"); next?.click(); return !!next; },
    n: () => step(".diff tr[data-sign], .diff tr:has(.mark)", +1),
    p: () => step(".diff tr[data-sign], .diff tr:has(.mark)", -1),
    "/": () => { const box = one("#f-q"); box?.focus(); return !!box; },
  };
  // Single letters can be switched off, for people whose speech or switch input types them (WCAG 2.1.4).
  let letters = true;
  try { letters = localStorage.getItem("letters") !== "off"; } catch { /* they stay on */ }
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = letters;
  box.addEventListener("change", () => {
    letters = box.checked;
    try { localStorage.setItem("letters", letters ? "on" : "off"); } catch { /* it lasts for this page */ }
  });
  label.append(box, " Keys of one letter");
  one("#keys-help form")?.before(label);

  let afterG = false;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { hide(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])")) return;
    if (one("dialog[open]")) return;
    if (afterG) { afterG = false; return; }
    if (event.key === "g") { afterG = true; setTimeout(() => { afterG = false; }, 1500); return; }
    if (letters && keys[event.key]?.()) event.preventDefault();
  });
})();
