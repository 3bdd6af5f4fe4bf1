// Shows on the coordinator's pages what the worker keeps: what waits to be sent, and since when.
// Everybody who is signed in is asked before what waits is deleted, and told of what was not sent.
// All words stand in the page, written there by the server.
"use strict";
(() => {
  const bars = document.querySelectorAll("[data-sync]");
  if (!("serviceWorker" in navigator)) return;
  const words = bars.length ? JSON.parse(bars[0].dataset.words) : {};
  const gap = document.documentElement.lang.startsWith("zh") ? "" : " "; // between sentences
  const SOON = 4000, LATE = 120000; // milliseconds between two tries of the page itself
  const unsent = document.querySelector("[data-unsent]");
  const keeps = document.querySelector("link[rel=manifest]"); // on a coordinator's pages alone
  let entries = [], photos = [], waits = 0, pause = SOON, timer = 0, gone = false, full = false;

  const say = (text, facts) => text.replace(/\{(\w)\}/g, (_, letter) => facts[letter] ?? "");
  const time = (at) => new Intl.DateTimeFormat(document.documentElement.lang, {
    month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(at);
  const write = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  async function ask(what, id) {
    const found = await navigator.serviceWorker.ready;
    found.active.postMessage({ ask: what, id });
  }

  function bar(state) {
    const count = (name) => state.entries.filter((entry) => entry.state === name).length;
    const lines = [], told = [];
    const waits = count("waiting");
    if (state.sending) lines.push(waits ? words.sending : words.looking);
    else if (!state.signal) lines.push(words.no_signal);
    else if (state.trouble) lines.push(words.trouble);
    const pictures = state.photos.filter((one) => one.bound && one.state === "waiting").length;
    if (state.full) lines.unshift(words.full);
    if (waits) lines.push(say(words.waits, { n: waits }));
    if (pictures) lines.push(say(words.photos, { n: pictures }));
    if (!waits && !pictures && !state.sending) lines.push(words.all_sent);
    const refused = count("refused") + state.photos.filter((one) => one.state === "refused").length;
    if ((waits || pictures) && state.locked) lines.push(words.locked);
    if (count("note")) told.push(say(words.notes, { n: count("note") }));
    if (refused) told.push(say(words.refused, { n: refused }));
    if (state.others) told.push(say(words.others, { n: state.others }));
    const calm = !waits && !pictures && !told.length && state.signal && !state.trouble && !state.full;
    for (const each of bars) {
      each.hidden = calm && "quiet" in each.dataset;
      each.classList.toggle("wait", !calm);
      each.classList.toggle("calm", calm);
      each.classList.toggle("late", state.full);
      write(each.querySelector("[data-now]"), [...lines, ...told].join(gap));
      write(each.querySelector("[data-last]"), state.last ? say(words.last, { t: time(state.last) }) : words.never);
      const send = each.querySelector("[data-do=send]"), sign = each.querySelector("[data-sign]");
      send.hidden = Boolean(waits && state.locked);
      if (sign) sign.hidden = !state.locked;
      const more = each.querySelector("[data-more]");
      if (more) more.hidden = !state.entries.length && !state.photos.length;
    }
  }

  function marks() {
    for (const place of document.querySelectorAll("[data-cases]")) {
      const own = entries.filter((one) => place.dataset.cases.split(" ").includes(one.case));
      const entry = own.find((one) => one.state === "waiting") || own[0];
      let mark = place.querySelector("[data-mark]");
      if (!entry) { if (mark) mark.remove(); continue; }
      if (!mark) {
        mark = document.getElementById("mark").content.firstElementChild.cloneNode(true);
        place.prepend(mark);
      }
      write(mark.querySelector("[data-words]"), words[`mark_${entry.state}`]);
      write(mark.querySelector("[data-what]"), `${words[entry.outcome] || ""} · ${time(entry.at)}`);
    }
  }

  function outbox() {
    const list = document.querySelector("[data-outbox]");
    if (!list) return;
    const pictures = photos.map((one) => ({ ...one, outcome: "photo", path: `/visits/${one.case}`, note: "" }));
    const shown = [...entries, ...pictures];
    list.replaceChildren(...shown.map((entry) => {
      const card = document.getElementById("entry").content.firstElementChild.cloneNode(true);
      write(card.querySelector("[data-name]"), entry.name || words.nameless);
      write(card.querySelector("[data-what]"), `${words[entry.outcome] || ""} · ${time(entry.at)}`);
      const early = entry.bound === false; // a photo whose visit is not saved yet
      write(card.querySelector("[data-words]"), words[early ? "mark_early" : `mark_${entry.state}`]);
      write(card.querySelector("[data-said]"), entry.words);
      write(card.querySelector("[data-note]"), entry.note);
      card.querySelector("[data-open]").href = entry.path;
      const forget = card.querySelector("[data-do=forget]");
      forget.hidden = entry.state === "waiting" && !early;
      forget.addEventListener("click", () => ask("forget", entry.id));
      card.classList.toggle("late", entry.state === "refused");
      return card;
    }));
    document.querySelector("[data-empty]").hidden = shown.length > 0;
  }

  // While there was no signal, or something still waits, the page tries again by itself: at
  // first soon, then ever more rarely. Who has to sign in first is not asked again and again.
  function tryLater(state) {
    const waits = !state.locked && [...state.entries, ...state.photos.filter((one) => one.bound)]
      .some((entry) => entry.state === "waiting");
    if (state.signal && !state.trouble && !waits) { pause = SOON; return; }
    timer = setTimeout(() => {
      pause = Math.min(2 * pause, LATE);
      if (!document.hidden) ask("again");
    }, state.sending ? LATE : pause);
  }

  function show(state) {
    if (gone) return; // what was said of a device taken away stands
    clearTimeout(timer);
    gone = Boolean(state.gone);
    if (gone) {
      for (const each of bars) {
        each.hidden = false;
        each.classList.add("late");
        write(each.querySelector("[data-now]"), state.lost ? `${state.gone}${gap}${say(words.lost, { n: state.lost })}` : state.gone);
      }
      return;
    }
    entries = state.entries;
    photos = state.photos;
    waits = state.unsent;
    if (!keeps || !bars.length) return; // a desk, or a page that shows nothing of it
    bar(state);
    if (state.full && !full) bars[0].scrollIntoView({ block: "center" });
    full = state.full;
    marks();
    outbox();
    tryLater(state);
  }

  function hear({ data, ports }) {
    if (data.pass) return; // a photo that goes without the worker
    if (!data.stays) { show(data); return; }
    if (!unsent) return; // a page without the words for it
    unsent.hidden = false;
    ports[0].postMessage(true);
  }

  function begin() {
    if (keeps) return navigator.serviceWorker.register("/sw.js").then(() => ask("state"));
    return navigator.serviceWorker.getRegistration().then((known) => known && ask("look"));
  }

  navigator.serviceWorker.addEventListener("message", hear);
  begin().catch(() => {});
  window.addEventListener("online", () => { if (keeps) ask("send"); });
  document.addEventListener("visibilitychange", () => { if (keeps && !document.hidden) ask("state"); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-do=send]")) ask("send");
  });
  // Signing out, and taking this very device away, deletes what still waits, whoever recorded it.
  document.addEventListener("submit", (event) => {
    if (unsent) unsent.hidden = true;
    const { leaving } = event.target.dataset;
    if (waits && leaving && !window.confirm(say(leaving, { n: waits }))) event.preventDefault();
  });
  if (keeps && navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
})();
