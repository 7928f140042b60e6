/* The big screen, kept fresh: the server says what stands where. */
"use strict";
(() => {
  const find = (name) => document.getElementById(name);
  const soon = document.querySelector(".soon");
  const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  function show({ live, next, left, room, join: [over, join] }) {
    document.body.classList.toggle("asking", Boolean(live));
    say(find("kod"), live ? live.code : "");
    say(find("namn"), live ? live.name : "");
    say(find("fraga"), live ? live.text : "");
    if (live) Object.assign(find("fraga"), { lang: live.language }).dataset.size = live.size;
    soon.hidden = next.length === 0;
    soon.querySelector("ol").replaceChildren(...next.map(({ text, language }) =>
      Object.assign(document.createElement("li"), { textContent: text, lang: language, dir: "auto" })));
    say(find("slut"), over);
    say(find("in"), join);
    say(find("kvar"), left);
    say(find("plats"), room);
  }

  const stream = new EventSource(document.querySelector(".counts").dataset.events);
  stream.addEventListener("screen", (event) => show(JSON.parse(event.data)));
})();
