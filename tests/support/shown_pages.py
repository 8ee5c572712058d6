"""What Chromium shows of a page: the words that its own `innerText` gives once fields and pictures are written out."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

_WRITTEN_OUT = """() => {
  for (const one of document.querySelectorAll('noscript, datalist, iframe, embed, input[type=hidden]')) one.remove();
  for (const one of document.querySelectorAll('details')) one.open = true;
  const generated = [];
  for (const one of document.querySelectorAll('*')) for (const part of ['::before', '::after']) {
    const style = getComputedStyle(one, part);
    const strings = style.content.match(/"(?:[^"\\\\\\\\]|\\\\\\\\.)*"/g);
    if (!strings || style.display === 'none' || style.visibility !== 'visible') continue;
    if (/counter|attr/.test(style.content)) continue;
    const text = document.createElement('span');
    text.style.display = style.display; text.style.position = style.position; text.style.whiteSpace = 'pre-wrap';
    text.textContent = strings.map(string => JSON.parse(string)).join('');
    generated.push([one, part, text]);
  }
  for (const [one, part, text] of generated) part === '::before' ? one.prepend(text) : one.append(text);
  const write = (one, text, style) => {
    const words = document.createElement('span');
    words.textContent = ' ' + text + ' '; words.style.cssText = style;
    one.replaceWith(words);
  };
  const shown = 'password hidden file color range image checkbox radio';
  for (const one of document.querySelectorAll('img, area')) write(one, one.getAttribute('alt') || '', '');
  for (const one of document.querySelectorAll('input'))
    write(one, shown.includes(one.type) ? '' : one.value || one.placeholder, '');
  for (const one of document.querySelectorAll('textarea'))
    write(one, one.value || one.placeholder, 'white-space:pre-wrap');
  return document.body ? document.body.innerText : document.documentElement.textContent;
}"""
_WORD = re.compile(r"[^\W_]+")


def blank_page(browser: Browser) -> Page:
    """A page that runs no script of its own and fetches nothing but itself."""
    page = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800}).new_page()
    page.route("**/*", _only_documents)
    return page


def _only_documents(route: Route) -> None:
    if route.request.resource_type == "document":
        route.continue_()
    else:
        route.abort()


def shown_words(page: Page, file: Path) -> list[str]:
    """The words of a file that Chromium shows, without regard to case, which styles change."""
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    return words(page.evaluate(_WRITTEN_OUT))


def words(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text.casefold().replace("\u00ad", ""))
