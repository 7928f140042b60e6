/* The votes as they come. What is said and how long each bar is comes from the server; the page stays as it was built. */
"use strict";
(() => {
  const page = document.querySelector("[data-events]");
  const { events, mark, written } = page.dataset;

  /* The lines of a question: the same ones with new numbers, or others, such as new words in a cloud. */
  function fill(list, lines) {
    const found = new Map([...list.children].map((line) => [line.dataset.line, line]));
    const wanted = lines.map(([id]) => found.get(id) || made(id));
    lines.forEach(([, text, share, size], index) => {
      wanted[index].dataset.size = size;
      const words = wanted[index].querySelector("bdi");
      if (words.textContent !== text) words.textContent = text;
      const bar = wanted[index].querySelector("progress");
      if (share === null) bar?.remove(); else bar.value = share;
    });
    if (wanted.some((line, index) => list.children[index] !== line) || list.children.length !== wanted.length) list.replaceChildren(...wanted);
  }

  function made(id) {
    const line = document.createElement("li");
    const words = Object.assign(document.createElement("span"), { className: "votes" });
    const bar = Object.assign(document.createElement("progress"), { max: 100 });
    bar.setAttribute("aria-hidden", "true");
    words.append(document.createElement("bdi"));
    line.append(words, bar);
    line.dataset.line = id;
    return line;
  }

  new EventSource(events).addEventListener("polls", (event) => {
    const now = JSON.parse(event.data);
    if (now.mark !== mark) return location.reload();
    for (const section of document.querySelectorAll("[data-question]")) {
      const votes = now.questions[section.dataset.question];
      if (!votes) continue; // a run that is over, or not begun
      const { below, lines } = votes;
      const list = section.querySelector(".bars");
      if (list) fill(list, lines);
      const count = section.querySelector(".count");
      if (count.textContent !== below) count.textContent = below;
    }
    if (written !== undefined && String(now.written) !== written) document.getElementById("nya").hidden = false;
  });
})();
