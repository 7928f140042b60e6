/* The big screen: the number of questions, as it changes. */
"use strict";
(() => {
  const counts = document.querySelector(".counts");
  const { one, many, answered, events } = counts.dataset;
  new EventSource(events).addEventListener("count", (event) => {
    const now = JSON.parse(event.data);
    const waiting = now.waiting === 1 ? one : many.replace("#", now.waiting);
    const text = `${waiting} · ${answered.replace("#", now.answered)}`;
    if (counts.textContent !== text) counts.textContent = text;
  });
})();
