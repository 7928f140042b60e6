/* All statements of a run on one page: answers are kept here first and sent when there is contact. What they come to
   is worked out by the server alone. */
"use strict";
(() => {
  const find = (name) => document.getElementById(name);
  const [page, form, status, result, title] = ["listan", "svar", "lage", "resultat", "rubrik"].map(find);
  const [part, statement] = ["del", "fraga"].map((name) => find(name).content.firstElementChild);
  const words = page.dataset;
  const PAUSE = 6000; // milliseconds without an answer before those given are sent, since every batch gets a reply
  const here = location.pathname === "/checklista"; // otherwise another page, which could not be had
  const run = (here && location.hash.slice(1)) || Lists.latest();
  const drawn = new Map(); // statement → {radios, box}
  let shape = "";
  let trouble = ""; // what the server says when it won't have us
  let full = false;
  let sending = false;
  let tries = 0;
  let timer = 0;

  const say = (text) => { if (status.textContent !== text) status.textContent = text; };
  const fill = (phrase, values) => phrase.replace(/#(\w+)#/g, (_, name) => values[name]);
  const order = (one, other) => (one.at + one.key < other.at + other.key ? -1 : 1);

  /* What counts now: the server's answers with those that wait on top. */
  function counted({ list, pending }) {
    const found = structuredClone(list.answers);
    for (const { statement: id, answer, note } of [...pending].sort(order)) {
      found[id] = { ...found[id], ...(answer && { answer }), ...(note !== undefined && { note }) };
    }
    return found;
  }

  /* Everything as it is kept now. What is being written is left alone. */
  function show() {
    const kept = Lists.read(run);
    if (!kept) return;
    const given = counted(kept);
    const { list } = kept;
    const now = JSON.stringify([list.edition, list.language, list.statements.length]);
    if (now !== shape) draw(list, given);
    shape = now;
    for (const [id, { radios, box }] of drawn) {
      const { answer, note } = given[id] || {};
      for (const radio of radios) radio.checked = radio.value === answer;
      if (box !== document.activeElement) box.value = note || "";
    }
    tell(kept, given);
  }

  function draw(list, given) {
    title.textContent = list.title;
    title.lang = form.lang = list.language;
    form.replaceChildren();
    drawn.clear();
    let before = "";
    for (const each of [...list.statements, ...list.reflections]) {
      if (each.part !== before) {
        const heading = part.cloneNode(true);
        heading.textContent = before = each.part;
        form.append(heading);
      }
      form.append(question(each, list.statements.includes(each) ? list.choices : [], given[each.id]?.note));
    }
  }

  function question(each, answers, note) {
    const node = statement.cloneNode(true);
    node.querySelector("legend").textContent = each.text;
    const [choices, why, more] = [".choices", ".why", ".note"].map((name) => node.querySelector(name));
    const radios = answers.map(({ id, label }) => {
      const around = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: each.id, value: id });
      radio.addEventListener("change", () => record({ statement: each.id, answer: id }));
      around.append(radio, label);
      choices.append(around);
      return radio;
    });
    if (!radios.length) choices.remove();
    if (each.why) why.querySelector("p").textContent = each.why; else why.remove();
    const box = more.querySelector("textarea");
    box.setAttribute("aria-label", more.querySelector("summary").textContent + ": " + each.text);
    box.addEventListener("change", () => written(each.id));
    more.open = Boolean(note);
    if (!radios.length) more.replaceWith(box);
    drawn.set(each.id, { radios, box });
    return node;
  }

  function written(id) {
    const kept = Lists.read(run);
    const note = drawn.get(id).box.value.trim();
    if (kept && note !== (counted(kept)[id]?.note || "")) record({ statement: id, note });
  }

  function record(item) {
    full = !Lists.record(run, item);
    show();
    later(result.hidden ? PAUSE : 0);
  }

  function tell({ list, pending }, given) {
    const done = list.statements.filter(({ id }) => given[id]?.answer).length;
    const count = list.statements.length;
    Object.assign(find("framsteg"), { max: count, value: done });
    find("antal").textContent = fill(words.done, { done, count });
    const waiting = new Set(pending.map(({ statement: id }) => id)).size;
    const wrong = pending.filter(({ key }) => Lists.refused.has(key)).length;
    const wait = fill(words.waiting, { count: waiting });
    say(full ? words.full : trouble || (wrong ? fill(words.refused, { count: wrong }) : waiting ? wait : done ? words.sent : ""));
    result.hidden = done < count || !find("bort").hidden;
    result.querySelector("a").hidden = waiting > 0;
    result.querySelector("span").hidden = waiting === 0;
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  }

  async function send() {
    clearTimeout(timer);
    if (sending) return;
    sending = true;
    try {
      let answer = null;
      do {
        answer = await Lists.send(run);
        if (answer) refusal(answer.ok ? 0 : answer.status, answer.detail);
        if (answer?.messages?.length) result.querySelector("a").hash = answer.messages[0].id;
      } while (answer?.ok);
      tries = 0;
    } catch {
      later(Math.min(30000, 1000 * 2 ** tries++));
    }
    sending = false;
  }

  function refusal(code, detail) {
    trouble = code ? (code === 404 && words.foreign) || detail || words.foreign : "";
    find("bort").hidden = code !== 404;
    show();
  }

  find("bort").addEventListener("click", () => { Lists.remove(run); location.replace("/checklista"); });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("online", () => { tries = 0; send(); });
  addEventListener("hashchange", () => location.reload());
  addEventListener("storage", ({ key }) => {
    if (key !== null && key !== Lists.BEGINNING + run) return;
    if (Lists.read(run)) show(); else location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return;
    for (const [id, { box }] of drawn) if (box === document.activeElement) written(id);
    send();
  });

  async function begin() {
    Lists.adopt();
    const there = () => {
      const kept = Boolean(Lists.read(run));
      page.hidden = !kept;
      show();
      return kept;
    };
    there();
    const found = run ? await Lists.fetched(run) : null;
    if (there()) { if (found === 404) refusal(found); else send(); } else find(here ? "ingen" : "utan").hidden = false;
  }
  begin();
})();
