// What every page needs: theme, keys, and errors of htmx in words. Pages add their own file.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);

// Theme: system, light, dark.
const themes = ["system", "light", "dark"];
const themeButton = $("#theme");
function theme() {
  return document.documentElement.dataset.theme || "system";
}
function showTheme() {
  themeButton.textContent = `Theme: ${theme()}`;
}
themeButton.hidden = false;
showTheme();
themeButton.addEventListener("click", () => {
  const next = themes[(themes.indexOf(theme()) + 1) % themes.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try { localStorage.setItem("theme", next); } catch { /* it lasts for this page */ }
  showTheme();
});

// Times in the zone of the reader, with UTC on hover. Without script they are in UTC, and say so.
const localTime = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });
const zoneName = new Intl.DateTimeFormat("en", { timeZoneName: "short", hour: "numeric" });
function localTimes(root) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime()) || element.title) continue;
    element.title = element.textContent;
    const zone = zoneName.formatToParts(moment).find((part) => part.type === "timeZoneName").value;
    element.textContent = `${localTime.format(moment)} ${zone}`;
  }
}
localTimes(document);
document.addEventListener("htmx:afterSwap", () => localTimes(document));

// On a narrow screen the places are behind a button. The account menu closes as menus do.
const menuButton = $("#menu");
menuButton?.addEventListener("click", () => {
  menuButton.setAttribute("aria-expanded", String(menuButton.getAttribute("aria-expanded") !== "true"));
});
const account = $(".account");
document.addEventListener("click", (event) => {
  if (!account.contains(event.target)) account.open = false;
});
account.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !account.open) return;
  account.open = false;
  account.querySelector("summary").focus();
});

// Keys. Never while somebody types; single letters only after g, so that assistive technology keeps its own.
const help = $("#keys-help");
const keysButton = $("#keys");
keysButton.hidden = false;
keysButton.addEventListener("click", () => help.showModal());
let waitingForPlace = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  if (waitingForPlace) {
    waitingForPlace = false;
    const place = document.querySelector(`nav.places a[data-key="${CSS.escape(event.key)}"]`);
    if (place) { event.preventDefault(); place.click(); }
    return;
  }
  if (event.key === "?") { event.preventDefault(); help.showModal(); }
  else if (event.key === "g") {
    waitingForPlace = true;
    setTimeout(() => { waitingForPlace = false; }, 1500);
  }
});

// Errors of htmx requests come as problem+json; people get their sentences.
function say(kind, ...sentences) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.kind = kind;
  for (const sentence of sentences.filter(Boolean)) {
    const line = document.createElement("p");
    line.textContent = sentence;
    notice.append(line);
  }
  $("#messages").replaceChildren(notice);
}
document.addEventListener("htmx:responseError", (event) => {
  let problem = {};
  try { problem = JSON.parse(event.detail.xhr.responseText); } catch { /* said below */ }
  say("problem", problem.detail || "The server did not do that.", problem.done, problem.fix);
});
document.addEventListener("htmx:sendError", () => say("problem", "The server cannot be reached.", "Nothing was done."));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) $("#messages").replaceChildren();
});
