/* The chat over POST /api/v1/messages and the event stream. Without this file the page's plain forms do the same. */
"use strict";
(() => {
  const find = (name) => document.getElementById(name);
  const [log, form, box, status, jump] = ["logg", "skriv", "text", "lage", "nytt"].map(find);
  const skeleton = find("meddelande").content.firstElementChild;
  const label = form.querySelector("label");
  const words = log.dataset;
  const webinar = words.webinar;
  let asked = new URLSearchParams(location.search).get("lang"); // the language chosen by the link, told once
  const STORE = "servicelotsen-unsent" + location.pathname;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  const AFTER = Node.DOCUMENT_POSITION_FOLLOWING;
  const CALM = 2000; // milliseconds between two rounds of announcements when much arrives at once
  const DOUBLE = 500; // milliseconds within which a second tap is meant for what was there before

  let last = words.last;
  let known = Boolean(words.known);
  let stream = null;
  let outbox = []; // what has been said but not yet taken: {key, body, bubble}, sent one at a time, in order
  let sending = false;
  let tries = 0;
  let timer = 0;
  let arrived = []; // from the stream, shown in rounds
  let shownAt = 0;
  let showing = 0;
  let pause = 2500; // milliseconds before a refused stream is tried again

  const say = (text) => { if (status.textContent !== text) status.textContent = text; };
  const atEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;

  function part(node, selector, text) {
    const found = node.querySelector(selector);
    if (text) found.textContent = text; else found.remove();
    return text ? found : null;
  }

  /* The picture, the file and the links of a message, below its text. */
  function attached(text, { image, file, links = [] }) {
    const below = [];
    if (image) below.push(Object.assign(document.createElement("img"), { src: image.url, alt: image.alt, width: image.width, height: image.height }));
    const anchors = links.map(({ label: name, url, spelled }) => ({ url: spelled && url, rel: "noreferrer", textContent: name, ...(url.includes("://") && { href: url }) }));
    if (file) anchors.unshift({ href: file.url, download: file.name + file.url.slice(file.url.lastIndexOf(".")), textContent: file.label });
    for (const anchor of anchors) {
      const line = Object.assign(document.createElement("p"), { className: "link" });
      const { url, ...parts } = anchor; // what is no address, such as a key, is only to be read
      line.append(Object.assign(document.createElement(parts.href ? "a" : "span"), parts));
      if (url) line.append(document.createElement("br"), url);
      below.push(line);
    }
    text.after(...below);
  }

  function build(message) {
    const node = skeleton.cloneNode(true);
    const person = message.sender === "moderator" || message.kind === "moderator";
    const sender = message.sender === "you" ? "you" : person ? "person" : "bot";
    node.classList.add(sender, message.kind, "fresh");
    if (message.id) node.id = message.id;
    if (message.lang) node.lang = message.lang;
    if (sender === "you") node.setAttribute("aria-live", "off");
    part(node, ".name", words[sender]);
    const time = part(node, "time", message.time || " ");
    if (message.at) time.dateTime = message.at;
    part(node, ".heading", message.heading);
    const progress = node.querySelector("progress");
    if (message.progress) Object.assign(progress, { max: message.progress.total, value: message.progress.done });
    else progress.remove();
    const text = node.querySelector(".text");
    if (message.html === undefined) text.textContent = message.text; else text.innerHTML = message.html;
    attached(text, message);
    part(node, ".note", message.note);
    sources(node, message.sources || []);
    const asked = node.querySelector(".ref");
    if (person && message.reply_to) asked.href = "#" + message.reply_to; else asked.remove();
    choices(node, message.choices || []);
    return node;
  }

  function sources(node, [first, ...others]) {
    const [shown, more] = [".cited", ".more"].map((name) => node.querySelector(name));
    if (first) cite(shown, first); else shown.remove();
    if (!first || (first.url && !others.length)) return more.remove();
    more.firstElementChild.textContent = words.moreSources.replace("#", 1 + others.length);
    for (const source of others) cite(more.querySelector("ul").appendChild(document.createElement("li")), source);
    if (!others.length) more.querySelector("ul").remove();
    if ([first, ...others].some((source) => source.url)) more.querySelector(".hint").remove();
  }

  function cite(node, source) {
    const title = document.createElement(source.url ? "a" : "cite");
    if (source.url) Object.assign(title, { href: source.url, rel: "noreferrer" });
    title.textContent = source.title;
    node.append(words.source + ": ", title, source.date ? ", " + source.date : "");
  }

  function choices(node, given) {
    for (const choice of given) {
      const button = document.createElement("button");
      Object.assign(button, { name: "choice", value: choice.id, textContent: choice.label });
      if (choice.quiet) button.className = "quiet";
      node.querySelector(".choices").append(button);
    }
    if (!given.length) node.querySelector(".ways").remove();
  }

  /* Put messages into the log, each id once. Our own bubble and the welcome already shown take over their ids. */
  function show(messages, bubble) {
    if (messages.some((message) => message.id === "m-0")) { forgotten(); bubble = null; }
    const added = [];
    for (const message of messages) {
      if (message.id !== "m-0" && find(message.id)) continue;
      const welcome = message.kind === "welcome" && find("valkomst");
      if (welcome) settle(welcome, message);
      else if (message.sender === "you" && bubble) { settle(bubble, message); bubble = null; }
      else { const node = build(message); log.insertBefore(node, bubble || log.querySelector(".waiting")); added.push(node); }
      if (message.sender !== "you") wanted(message.input);
      if (message.kind === "statement") Lists.keep(message.choices?.[0]?.id.split(":")[1]);
      if (message.id !== "m-0") last = message.id;
    }
    if (bubble) bubble.remove();
    return added;
  }

  /* After the restore of a backup, what we show may never have been said, and its ids name other messages. */
  function outdated(messages) {
    return messages.some((message) => {
      const time = message.id !== "m-0" && find(message.id)?.querySelector("time");
      return time && time.dateTime !== message.at;
    });
  }

  /* The page from the start, with the focus where it was. */
  function again() {
    history.replaceState({ writing: document.activeElement === box }, "", location.pathname);
    location.reload();
  }

  function settle(bubble, message) {
    bubble.id = message.id;
    bubble.classList.remove("waiting");
    bubble.querySelector(".text").innerHTML = message.html;
    const time = bubble.querySelector("time");
    Object.assign(time, { textContent: message.time, dateTime: message.at });
  }

  function wanted(input) {
    label.textContent = label.dataset[input || "ask"];
  }

  function forgotten() {
    Lists.forget();
    log.replaceChildren();
    arrived = [];
    last = "";
    known = false;
    if (stream) stream.close();
    stream = null;
  }

  /* What is older than the latest own message folds its buttons away; they still work when unfolded. */
  function fold() {
    const own = [...log.querySelectorAll(".you")].pop();
    if (!own) return;
    for (const ways of log.querySelectorAll(".ways[open]")) {
      if (ways.compareDocumentPosition(own) & AFTER) ways.open = false;
    }
  }

  function speak(body) {
    const bubble = build({ sender: "you", kind: "said", text: body.shown, time: words.sending });
    body.at = new Date().toISOString();
    if (webinar) body.webinar = webinar;
    if (asked) body.lang = asked;
    const item = { key: Lists.uuid(), body, bubble };
    bubble.id = "b-" + item.key;
    bubble.classList.add("waiting");
    log.append(bubble);
    bubble.scrollIntoView({ block: "nearest" });
    outbox.push(item);
    keep();
    send();
  }

  function keep() {
    try {
      if (outbox.length) sessionStorage.setItem(STORE, JSON.stringify(outbox.map(({ key, body }) => ({ key, body }))));
      else sessionStorage.removeItem(STORE);
    } catch { /* storage is switched off: only a reload while offline loses the message */ }
  }

  async function send() {
    clearTimeout(timer);
    if (sending || !outbox.length) return;
    sending = true;
    const item = outbox[0];
    const { shown, at, ...said } = item.body; // those are for us, and for the list
    if (item.late) said.waited = Date.now() - Date.parse(at); // what was answered later in the list is not overtaken
    try {
      const response = await fetch("/api/v1/messages", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": item.key },
        body: JSON.stringify(said),
        signal: AbortSignal.timeout ? AbortSignal.timeout(20000) : undefined,
      });
      if (response.status >= 500) throw new Error(String(response.status));
      const answer = await response.json();
      outbox.shift();
      tries = 0;
      if (response.ok) taken(item, answer); else refused(item, answer.detail);
      keep();
      sending = false;
      send();
    } catch {
      sending = false;
      waiting();
    }
  }

  function taken(item, { messages, language }) {
    say("");
    find("utan").hidden = true;
    known = true;
    Lists.answered(item.body.choice);
    if (asked) history.replaceState(null, "", location.pathname);
    asked = null;
    const spoken = language && language !== document.documentElement.lang; // the page around the talk follows
    if (spoken || outdated(messages)) return again();
    const added = show(messages, item.bubble);
    arrived = arrived.filter((message) => !find(message.id));
    fold();
    reveal(item, added);
    if (item.body.choice) settling(added);
    listen();
  }

  /* The second tap of two would press what has just come into the place of the first. */
  function settling(added) {
    for (const { classList } of added) {
      classList.add("settling");
      setTimeout(() => classList.remove("settling"), DOUBLE);
    }
  }

  /* The exchange into view from the own words, from the reply when those are long, or from a statement that nothing is said before; who pressed a button goes on from the answer. */
  function reveal(item, added) {
    const statement = added[0]?.classList.contains("statement") && added[0];
    const own = item.bubble.isConnected ? item.bubble : null;
    const reply = own?.offsetHeight > innerHeight / 4 && added.find((node) => own.compareDocumentPosition(node) & AFTER);
    const first = statement || reply || own || added[0];
    if (first) first.scrollIntoView({ block: "start", behavior });
    if (item.body.choice && added.length && document.activeElement !== box) added[0].focus({ preventScroll: true });
  }

  function refused(item, detail) {
    item.bubble.remove();
    say(detail || words.failed);
    if (item.body.text && !box.value) box.value = item.body.text;
  }

  function waiting() {
    say(words.offline);
    const list = Lists.latest();
    find("utan").hidden = !list;
    find("utan").firstElementChild.hash = list;
    for (const item of outbox) {
      item.late = true;
      item.bubble.querySelector("time").textContent = words.unsent;
    }
    outbox[0].bubble.scrollIntoView({ block: "center" });
    timer = setTimeout(send, Math.min(30000, 1000 * 2 ** tries++));
  }

  function listen() {
    if (!known || stream || !window.EventSource) return;
    const query = new URLSearchParams({ after: last });
    if (webinar) query.set("webinar", webinar);
    const opened = new EventSource("/api/v1/events?" + query);
    let patience = 0;
    stream = opened;
    opened.onopen = () => {
      clearTimeout(patience);
      patience = 0;
      pause = 2500;
      if (!outbox.length) say(""); else send();
    };
    opened.onerror = () => {
      patience ||= setTimeout(() => outbox.length || say(words.reconnecting), 2000);
      if (opened.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { if (stream === opened) { stream = null; listen(); } }, pause = Math.min(60000, pause * 2));
    };
    opened.addEventListener("erased", () => outbox.length || again()); // in another tab; here its answer says so
    opened.addEventListener("message", (event) => {
      arrived.push(JSON.parse(event.data));
      showing ||= setTimeout(round, Math.max(60, shownAt + CALM - Date.now()));
    });
  }

  function round() {
    showing = 0;
    if (outbox.length) { showing = setTimeout(round, 300); return; } // may be the answer that we wait for
    if (outdated(arrived)) return again();
    shownAt = Date.now();
    const follow = atEnd();
    const added = show(arrived);
    arrived = [];
    if (!added.length) return;
    fold();
    if (follow) added[0].scrollIntoView({ block: "nearest", behavior }); else jump.hidden = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    box.focus();
    if (!text) return say(words.empty);
    box.value = "";
    say("");
    speak({ text, shown: text });
  });

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  log.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (outbox.some((item) => item.body.choice)) return; // a second tap before the first was answered
    speak({ choice: button.value, shown: button.textContent });
  });

  jump.addEventListener("click", () => {
    jump.hidden = true;
    log.lastElementChild.scrollIntoView({ block: "start", behavior });
    box.focus({ preventScroll: true });
  });
  addEventListener("scroll", () => { if (!jump.hidden && atEnd()) jump.hidden = true; }, { passive: true });
  addEventListener("online", () => { tries = 0; send(); Lists.sendAll(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  try {
    for (const { key, body } of JSON.parse(sessionStorage.getItem(STORE) || "[]")) {
      const bubble = build({ sender: "you", kind: "said", text: body.shown, time: words.unsent });
      bubble.id = "b-" + key;
      bubble.classList.add("waiting");
      log.append(bubble);
      outbox.push({ key, body, bubble, late: true });
    }
  } catch { /* storage is switched off, or holds what is not ours */ }
  Lists.keep(words.run);
  Lists.sendAll();
  send();
  listen();
  if (words.last) log.lastElementChild.scrollIntoView({ block: "end" });
  if (history.state?.writing) box.focus({ preventScroll: true });
})();
