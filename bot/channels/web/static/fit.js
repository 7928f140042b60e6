/* The largest letters that leave room for the rest of the screen: how wide they are differs from machine to machine.
   Where one scrolls, as on a phone, and without JavaScript the size that the server gave stays. */
"use strict";
(() => {
  const SMALLEST = 11;
  const words = document.querySelector("[data-size]");
  const scrolls = matchMedia("(max-width: 40rem), (max-aspect-ratio: 1)");

  function fit() {
    if (scrolls.matches) return;
    for (let size = 1; size <= SMALLEST; size += 1) {
      words.dataset.size = size;
      if (document.documentElement.scrollHeight <= innerHeight) return;
    }
  }

  new MutationObserver(fit).observe(document.querySelector("main"), { childList: true, characterData: true, subtree: true });
  addEventListener("resize", fit);
  fit();
})();
