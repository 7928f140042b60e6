/* The queue, kept fresh: the list is swapped when something has changed; focus, place, choices and unfolded parts are
   kept. A press is sent without leaving the page. */
"use strict";
(() => {
  const find = (name) => document.getElementById(name);
  const [queue, status, live] = [find("ko"), find("lage"), find("levande")];
  const box = live.querySelector("input");
  const title = document.title;
  const cards = () => [...queue.querySelectorAll("section li.card")];
  let shown = queue.firstElementChild.dataset.title;
  let stale = false;
  let patience = 0;
  let over = 0;
  let latest = "";
  let pressing = false;
  let put = false;

  function count() {
    const { count: number, title: text } = queue.firstElementChild.dataset;
    document.title = number === "0" ? title : `(${number}) ${title}`;
    if (text !== shown) status.textContent = text;
    shown = text;
    clearTimeout(over); // what can be undone goes when its time is over
    if (queue.querySelector(".done")) over = setTimeout(refresh, (Number(queue.dataset.undo) + 0.5) * 1000);
  }

  /* Where the focus is to be after a swap: where it was; else on the question itself, or the one in its place. */
  function place() {
    const focused = queue.contains(document.activeElement) ? document.activeElement : null;
    if (!focused) return () => {};
    const card = focused.closest("li.card");
    const [at, onSummary] = [cards().indexOf(card), focused.tagName === "SUMMARY"];
    return () => {
      const there = [focused.id && find(focused.id), onSummary && queue.querySelector("summary")];
      if (card) there.push(find(card.id)?.querySelector("a"), (cards()[at] ?? cards().at(-1))?.querySelector("a"));
      there.push(queue.querySelector(".done button"));
      const again = there.find((each) => each?.checkVisibility?.() ?? each);
      (again ?? find("om")).focus({ preventScroll: !again || again.id === focused.id });
    };
  }

  async function refresh() {
    stale = !box.checked;
    put = pressing;
    if (stale || put) return;
    const response = await fetch("/moderator/ko").catch(() => null);
    if (!response) return; // the stream says so, and asks again when it is back
    if (!response.ok) return location.reload(); // signed out
    const text = await response.text();
    put = pressing;
    if (put || text === latest) return;
    latest = text;
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    const [focus, wasOpen] = [place(), find("avgjorda")?.open];
    const chosen = new Set([...queue.querySelectorAll("input:checked")].map((each) => each.value));
    queue.replaceChildren(fresh.content.firstElementChild);
    for (const each of queue.querySelectorAll("input[name=q]")) each.checked = chosen.has(each.value);
    if (wasOpen && find("avgjorda")) find("avgjorda").open = true;
    focus();
    count();
  }

  /* What is refused, such as when somebody else was faster, is said here, above what is so now. */
  async function send(form, button) {
    const body = new URLSearchParams(new FormData(form, button));
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!response) return form.requestSubmit(button);
    if (response.status === 401) return location.reload();
    const page = document.createElement("template");
    page.innerHTML = response.type === "opaqueredirect" ? "" : await response.text();
    const said = page.content.querySelector("[role=alert]");
    find("fel")?.remove();
    if (said) {
      said.id = "fel";
      status.before(said);
      said.scrollIntoView({ block: "center" });
    }
    await refresh();
    const done = queue.querySelector(".undo span");
    if (done && !said) status.textContent = done.textContent;
  }

  queue.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });

  /* Keys work while a question is focused, and nowhere else. */
  const KEYS = { g: "approved", t: "next", n: "live", b: "spoken", f: "later" };
  queue.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const card = event.target.closest("li.card");
    const key = event.key.toLowerCase();
    let button = null;
    if (key === "j" || key === "k") {
      const all = cards();
      all[all.indexOf(card) + (key === "j" ? 1 : -1)]?.querySelector(".words a").focus();
    } else if (key === "å" || key === "u") button = queue.querySelector(".done button");
    else if (KEYS[key]) button = card?.querySelector(`.acts button[value="${KEYS[key]}"]`);
    if (!button) return;
    event.preventDefault();
    send(button.form, button);
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

  /* Nothing is swapped under a finger: a press would be lost. */
  queue.addEventListener("pointerdown", () => { pressing = true; });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => setTimeout(() => { pressing = false; if (put) refresh(); }));
  }

  live.hidden = false;
  box.addEventListener("change", () => { if (box.checked && stale) refresh(); });
  count();
  const stream = new EventSource("/moderator/events");
  stream.addEventListener("queue", refresh);
  stream.onopen = () => { clearTimeout(patience); patience = 0; if (status.textContent === status.dataset.reconnecting) status.textContent = ""; };
  stream.onerror = () => { patience ||= setTimeout(() => { status.textContent = status.dataset.reconnecting; }, 2000); };
})();
