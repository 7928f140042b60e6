/* Lists kept on the phone, so that a checklist can be answered without coverage. Only this browser reads them. */
"use strict";
const Lists = (() => {
  const BEGINNING = "servicelotsen-list:";
  const asked = new Set();

  const read = (run) => {
    try { return JSON.parse(localStorage.getItem(BEGINNING + run)); } catch { return null; }
  };

  /* {list, pending, at} of a run. False when the phone can't keep it. */
  const write = (run, kept) => {
    try { localStorage.setItem(BEGINNING + run, JSON.stringify({ ...kept, at: Date.now() })); return true; } catch { return false; }
  };

  const runs = () => {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(BEGINNING)).map((key) => key.slice(BEGINNING.length)); } catch { return []; }
  };

  const latest = () => runs().sort((one, other) => (read(other)?.at || 0) - (read(one)?.at || 0))[0] || "";

  const remove = (run) => { try { localStorage.removeItem(BEGINNING + run); } catch { /* nothing was kept */ } };

  /* The list as the server has it now; what waits to be sent stays. Null without contact, or the status that refused. */
  async function fetched(run) {
    const response = await fetch("/api/v1/checklists/" + encodeURIComponent(run)).catch(() => null);
    if (!response || response.status >= 500) return null;
    if (!response.ok) return response.status;
    const list = await response.json();
    write(run, { list, pending: read(run)?.pending || [] });
    return list;
  }

  /* Keep the list of a run that is being walked, once for each page. */
  function keep(run) {
    if (!run || asked.has(run)) return;
    asked.add(run);
    fetched(run).then((list) => { if (list === null) asked.delete(run); });
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => null);
  return { read, write, latest, remove, runs, fetched, keep };
})();
