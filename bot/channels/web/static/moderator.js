/* The queue, kept fresh: the list is swapped when something has changed; focus, place and unfolded parts are kept. */
"use strict";
(() => {
  const find = (name) => document.getElementById(name);
  const [queue, status, live] = [find("ko"), find("lage"), find("levande")];
  const box = live.querySelector("input");
  const title = document.title;
  let shown = queue.firstElementChild.dataset.title;
  let stale = false;
  let patience = 0;

  function count() {
    const { count: number, title: text } = queue.firstElementChild.dataset;
    document.title = number === "0" ? title : `(${number}) ${title}`;
    if (text !== shown) status.textContent = text;
    shown = text;
  }

  async function refresh() {
    stale = !box.checked;
    if (stale) return;
    const response = await fetch("/moderator/ko").catch(() => null);
    if (!response) return; // the stream says so, and asks again when it is back
    if (!response.ok) return location.reload(); // signed out
    const fresh = document.createElement("template");
    fresh.innerHTML = await response.text();
    const focused = queue.contains(document.activeElement) ? document.activeElement : null;
    const wasOpen = find("avgjorda")?.open;
    const onSummary = focused?.tagName === "SUMMARY";
    queue.replaceChildren(fresh.content.firstElementChild);
    if (wasOpen && find("avgjorda")) find("avgjorda").open = true;
    const again = onSummary ? queue.querySelector("summary") : focused && find(focused.id);
    if (again) again.focus({ preventScroll: true });
    else if (focused) find("om").focus({ preventScroll: true });
    count();
  }

  /* A press without leaving the page; what needs to be read, such as being overtaken, comes as the page itself. */
  async function send(form, button) {
    const body = new URLSearchParams(new FormData(form, button));
    const response = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!response) return form.requestSubmit(button);
    if (!response.ok) return document.location.assign(form.action.includes("/fragor/") ? form.action : "/moderator");
    refresh();
  }

  queue.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });

  /* Keys work while a question is focused, and nowhere else. */
  const KEYS = { g: "approved", t: "next", n: "live", b: "spoken", f: "later", "å": "undo" };
  queue.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    const card = event.target.closest("li.card");
    const key = event.key.toLowerCase();
    if (!card) return;
    if (key === "j" || key === "k") {
      const cards = [...queue.querySelectorAll("li.card")];
      cards[cards.indexOf(card) + (key === "j" ? 1 : -1)]?.querySelector(".words a, a")?.focus();
    } else if (KEYS[key]) {
      const button = card.querySelector(`button[name="act"][value="${KEYS[key]}"]`);
      if (button) send(button.form, button);
    }
  });

  /* A line for another chat: pressed, it is copied; without permission for that it is at least selected. */
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const line = find(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      line.select();
      const done = await navigator.clipboard?.writeText(line.value).then(() => true, () => false);
      if (done || document.execCommand("copy")) button.textContent = status.textContent = button.dataset.done;
    });
  }

  live.hidden = false;
  box.addEventListener("change", () => { if (box.checked && stale) refresh(); });
  count();
  const stream = new EventSource("/moderator/events");
  stream.addEventListener("queue", refresh);
  stream.onopen = () => { clearTimeout(patience); patience = 0; if (status.textContent === status.dataset.reconnecting) status.textContent = ""; };
  stream.onerror = () => { patience ||= setTimeout(() => { status.textContent = status.dataset.reconnecting; }, 2000); };
})();
