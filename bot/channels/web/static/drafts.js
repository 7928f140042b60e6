/* What is written in one box and not yet sent is there again after another form of the page was sent, or after a look
   elsewhere: kept in this tab alone, until its own form is sent or somebody signs out. */
"use strict";
(() => {
  const BEGINNING = "utkast ";
  const name = (box) => `${BEGINNING}${location.pathname} ${box.id}`;
  const boxes = (form) => [...form.querySelectorAll("textarea, input:not([type=hidden])")];
  function keep(key, text) {
    try { if (text === null) sessionStorage.removeItem(key); else sessionStorage.setItem(key, text); } catch { /* full, or not allowed */ }
  }
  function kept() {
    try { return Object.entries(sessionStorage).filter(([key]) => key.startsWith(BEGINNING)); } catch { return []; }
  }

  const known = new Map(kept());
  for (const form of document.querySelectorAll("main form[method=post]")) {
    for (const box of boxes(form)) {
      const begun = `${box.defaultValue}\u0000`;  // what somebody else has written since stands, and not the draft
      const draft = known.get(name(box));
      if (draft?.startsWith(begun)) box.value = draft.slice(begun.length);
      box.addEventListener("input", () => keep(name(box), box.value === box.defaultValue ? null : begun + box.value));
    }
    form.addEventListener("submit", () => {
      const out = form.getAttribute("action") === "/moderator/logga-ut";
      for (const key of out ? kept().map(([each]) => each) : boxes(form).map(name)) keep(key, null);
    });
  }
})();
