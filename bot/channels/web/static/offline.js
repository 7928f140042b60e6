/* Lists kept on the phone, so that a checklist can be answered without coverage, and the sending of what was answered.
   Only this browser reads them. */
"use strict";
const Lists = (() => {
  const BEGINNING = "servicelotsen-list:";
  const UNSENT = "servicelotsen-unsent"; // where the chat keeps what it could not send
  const MOST_ANSWERS = 200; // in a batch, and
  const MOST_BYTES = 50000; // of it: the server takes 64 KiB
  const PATIENCE = 20000; // milliseconds before weak coverage counts as none
  const SAME = 3000; // milliseconds within which a changed answer takes the place of the one before
  const OLD = 30 * 24 * 3600 * 1000;
  const fresh = new Set(); // runs whose list this page has fetched
  const crowded = new Map(); // what the phone has no room for lives as long as the page
  const flying = new Set(); // keys on their way
  const refused = new Set(); // keys that the server won't have
  let era = 0; // counts how often everything was forgotten

  const uuid = () => crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g,
    (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
  const signal = () => AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined;
  const address = (run) => "/api/v1/checklists/" + encodeURIComponent(run);

  const read = (run) => {
    if (crowded.has(run)) return crowded.get(run);
    try { return JSON.parse(localStorage.getItem(BEGINNING + run)); } catch { return null; }
  };

  /* {list, pending, at} of a run. False when the phone can't keep it. */
  const write = (run, kept) => {
    const whole = { ...kept, at: Date.now() };
    try { localStorage.setItem(BEGINNING + run, JSON.stringify(whole)); crowded.delete(run); return true; } catch { crowded.set(run, whole); return false; }
  };

  const runs = () => {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(BEGINNING)).map((key) => key.slice(BEGINNING.length)); } catch { return []; }
  };

  const latest = () => runs().sort((one, other) => (read(other)?.at || 0) - (read(one)?.at || 0))[0] || "";

  const remove = (run) => {
    crowded.delete(run);
    try { localStorage.removeItem(BEGINNING + run); } catch { /* nothing was kept */ }
  };

  function forget() {
    era += 1;
    fresh.clear();
    [...runs(), ...crowded.keys()].forEach(remove);
  }

  /* The list as the server has it now; what waits to be sent stays. Null without contact, or the status that refused. */
  async function fetched(run) {
    const before = era;
    const response = await fetch(address(run), { signal: signal() }).catch(() => null);
    if (!response || response.status >= 500) return null;
    if (!response.ok) return response.status;
    const list = await response.json().catch(() => null);
    if (!list || before !== era) return null;
    write(run, { list, pending: read(run)?.pending || [] });
    return list;
  }

  /* Keep the list of a run that is being walked, once for each page. */
  function keep(run) {
    if (!run || fresh.has(run)) return;
    fresh.add(run);
    fetched(run).then((list) => { if (list === null) fresh.delete(run); });
  }

  /* What was answered in the chat shows in the list too, if coverage goes now. */
  function answered(choice) {
    const [verb, run, statement, answer] = (choice || "").split(":");
    const kept = verb === "a" && read(run);
    if (!kept) return fresh.clear(); // in words, or changed in some other way: the next statement fetches the list anew
    kept.list.answers[statement] = { ...kept.list.answers[statement], answer };
    write(run, kept);
  }

  /* An answer or a note, to be sent when there is contact. False when the phone can't keep it. */
  function record(run, item) {
    const kept = read(run);
    const last = kept.pending.at(-1);
    const changed = last && last.statement === item.statement && "note" in last === "note" in item;
    if (changed && !flying.has(last.key) && Date.now() - Date.parse(last.at) < SAME) kept.pending.pop();
    kept.pending.push({ ...item, at: item.at || new Date().toISOString(), key: item.key || uuid() });
    return write(run, kept);
  }

  /* Answers pressed in the chat that could not be sent go with the list, which tells when they were given. */
  function adopt() {
    const goes = ({ key, body }) => {
      const [verb, run, statement, answer] = (body.choice || "").split(":");
      return verb === "a" && read(run) && record(run, { statement, answer, at: body.at, key });
    };
    try {
      for (const name of Object.keys(sessionStorage).filter((each) => each.startsWith(UNSENT))) {
        const left = JSON.parse(sessionStorage.getItem(name)).filter((item) => !goes(item));
        if (left.length) sessionStorage.setItem(name, JSON.stringify(left)); else sessionStorage.removeItem(name);
      }
    } catch { /* storage is switched off, or holds what is not ours */ }
  }

  function batch(run) {
    const found = [];
    let bytes = 0;
    for (const item of (read(run)?.pending || []).filter(({ key }) => !refused.has(key)).slice(0, MOST_ANSWERS)) {
      bytes += new Blob([JSON.stringify(item)]).size;
      if (bytes > MOST_BYTES) break;
      found.push(item);
    }
    return found;
  }

  /* Send a batch of what waits: the server's answer, with its status; null when nothing waits. Throws without contact. */
  async function send(run) {
    const answers = batch(run);
    if (!answers.length) return null;
    for (const { key } of answers) flying.add(key);
    try {
      const response = await fetch(address(run) + "/answers", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": uuid() },
        body: JSON.stringify({ sent: new Date().toISOString(), answers }),
        keepalive: document.hidden,
        signal: signal(),
      });
      if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
      const answer = await response.json();
      if (response.ok) took(run, answer);
      return { ...answer, ok: response.ok, status: response.status };
    } finally {
      for (const { key } of answers) flying.delete(key);
    }
  }

  function took(run, answer) {
    for (const { key } of answer.refused) refused.add(key);
    const kept = read(run);
    if (!kept) return; // forgotten meanwhile
    const taken = new Set(answer.taken);
    const pending = kept.pending.filter(({ key }) => !taken.has(key));
    write(run, { pending, list: { ...kept.list, answers: answer.answers, finished: answer.finished } });
  }

  /* Send what waits in every list. What the server won't have stays, and the list's page tells of it. */
  async function sendAll() {
    for (const run of runs()) {
      try { while ((await send(run))?.ok); } catch { return; }
    }
  }

  for (const run of runs()) {
    const kept = read(run);
    if (!kept?.pending || (!kept.pending.length && kept.at < Date.now() - OLD)) remove(run);
  }
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => null);
  return { uuid, read, latest, remove, forget, fetched, keep, answered, record, adopt, send, sendAll, refused, BEGINNING };
})();
