/* All statements of a run on one page: answers are kept here first and sent when there is contact. What they come to
   is worked out by the server alone. */
"use strict";
(() => {
  const find = (name) => document.getElementById(name);
  const [page, form, status, result, title] = ["listan", "svar", "lage", "resultat", "rubrik"].map(find);
  const [part, statement] = ["del", "fraga"].map((name) => find(name).content.firstElementChild);
  const words = page.dataset;
  const uuid = () => crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g,
    (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
  const run = location.hash.slice(1) || Lists.latest();
  let kept = Lists.read(run);
  let refused = 0;
  let sending = null;
  let tries = 0;
  let timer = 0;

  const say = (text) => { if (status.textContent !== text) status.textContent = text; };
  const fill = (phrase, values) => phrase.replace(/#(\w+)#/g, (_, name) => values[name]);

  /* What counts now: the server's answers with those that wait on top. */
  function counted() {
    const found = structuredClone(kept.list.answers);
    for (const { statement: id, answer, note } of kept.pending) {
      found[id] = { ...found[id], ...(answer && { answer }), ...(note !== undefined && { note }) };
    }
    return found;
  }

  function draw() {
    const given = counted();
    title.textContent = kept.list.title;
    document.documentElement.lang = kept.list.language;
    form.replaceChildren();
    let before = "";
    for (const each of [...kept.list.statements, ...kept.list.reflections]) {
      if (each.part !== before) {
        const heading = part.cloneNode(true);
        heading.textContent = before = each.part;
        form.append(heading);
      }
      form.append(drawn(each, given[each.id] || {}));
    }
    tell();
  }

  function drawn(each, { answer, note }) {
    const node = statement.cloneNode(true);
    const reflection = !kept.list.statements.includes(each);
    node.querySelector("legend").textContent = each.text;
    const [choices, why, more] = [".choices", ".why", ".note"].map((name) => node.querySelector(name));
    for (const choice of reflection ? [] : kept.list.choices) {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), {
        type: "radio", name: each.id, value: choice.id, checked: choice.id === answer,
      });
      radio.addEventListener("change", () => record({ statement: each.id, answer: choice.id }));
      label.append(radio, choice.label);
      choices.append(label);
    }
    if (each.why) why.querySelector("p").textContent = each.why; else why.remove();
    const box = more.querySelector("textarea");
    box.value = note || "";
    box.setAttribute("aria-label", more.querySelector("summary").textContent + ": " + each.text);
    box.addEventListener("change", () => record({ statement: each.id, note: box.value.trim() }));
    more.open = reflection || Boolean(note);
    return node;
  }

  function record(item) {
    kept.pending.push({ ...item, at: new Date().toISOString(), key: uuid() });
    if (!Lists.write(run, kept)) say(words.full);
    tell();
    clearTimeout(timer);
    timer = setTimeout(send, 800); // several quick answers go together
  }

  function tell() {
    const given = counted();
    const done = kept.list.statements.filter(({ id }) => given[id]?.answer).length;
    const count = kept.list.statements.length;
    Object.assign(find("framsteg"), { max: count, value: done });
    find("antal").textContent = fill(words.done, { done, count });
    const waiting = kept.pending.length;
    say(refused ? fill(words.refused, { count: refused }) : waiting ? fill(words.waiting, { count: waiting }) : words.sent);
    result.hidden = done < count;
    result.querySelector("a").hidden = waiting > 0;
    result.querySelector("span").hidden = waiting === 0;
  }

  async function send() {
    clearTimeout(timer);
    if (!kept?.pending.length || refused || sending) return;
    const batch = sending || { key: uuid(), answers: kept.pending.slice(0, 200) };
    sending = batch;
    try {
      const response = await fetch(`/api/v1/checklists/${encodeURIComponent(run)}/answers`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": batch.key },
        body: JSON.stringify({ sent: new Date().toISOString(), answers: batch.answers }),
      });
      if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
      const answer = await response.json();
      if (!response.ok) return foreign(answer.detail);
      took(answer, batch);
    } catch {
      timer = setTimeout(send, Math.min(30000, 1000 * 2 ** tries++));
    } finally {
      sending = null;
    }
    tell();
  }

  function took(answer, batch) {
    tries = 0;
    const sent = new Set(batch.answers.map(({ key }) => key));
    const wrong = new Set(answer.refused.map(({ key }) => key));
    kept.pending = kept.pending.filter(({ key }) => !sent.has(key) || wrong.has(key));
    refused = wrong.size;
    kept.list = { ...kept.list, answers: answer.answers, finished: answer.finished };
    Lists.write(run, kept);
    if (kept.pending.length && !refused) timer = setTimeout(send, 100);
  }

  function foreign(detail) {
    say(detail || words.foreign);
    find("bort").hidden = false;
    refused = kept.pending.length;
  }

  find("bort").addEventListener("click", () => { Lists.remove(run); location.replace("/checklista"); });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("online", () => { tries = 0; send(); });
  addEventListener("hashchange", () => location.reload());

  async function begin() {
    if (kept) draw();
    const found = run && await Lists.fetched(run);
    if (found && typeof found === "object") {
      kept = Lists.read(run) || { list: found, pending: [] };
      draw();
      send();
    } else if (typeof found === "number" && kept) foreign("");
    page.hidden = !kept;
    find("ingen").hidden = Boolean(kept);
  }
  begin();
})();
