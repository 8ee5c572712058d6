// Views of a list that a person named: kept in this browser, as addresses of this page. The page works without it.
"use strict";

(() => {
  const list = document.querySelector("#views");
  const form = document.querySelector("#save-view");
  const key = `views:${location.pathname}`;
  let kept = [];
  try { kept = JSON.parse(localStorage.getItem(key) || "[]"); } catch { /* they are not shown */ }
  if (!Array.isArray(kept)) kept = [];

  function store() {
    try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* they last for this page */ }
    draw();
  }
  function draw() {
    for (const old of list.querySelectorAll("[data-own]")) old.remove();
    for (const view of kept) {
      const item = document.createElement("li");
      item.dataset.own = "";
      const link = document.createElement("a");
      link.href = `${location.pathname}?${view.question}`;
      link.textContent = view.name;
      if (view.question === question) link.setAttribute("aria-current", "true");
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "quiet";
      drop.textContent = "×";
      drop.setAttribute("aria-label", `Forget the view ${view.name}`);
      drop.addEventListener("click", () => { kept = kept.filter((one) => one !== view); store(); });
      item.append(link, drop);
      list.append(item);
    }
  }

  const asked = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name, value]) => value && name !== "after"));
  const question = asked.toString();
  draw();
  if (!question) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const box = form.querySelector("input");
    const name = box.value.trim();
    if (!name) return;
    kept = [...kept.filter((one) => one.name !== name), { name, question }];
    box.value = "";
    store();
  });
})();
