// Shows on the coordinator's pages what the worker keeps: what waits to be sent, and since when.
// All words stand in the page, written there by the server.
"use strict";
(() => {
  const bars = document.querySelectorAll("[data-sync]");
  if (!("serviceWorker" in navigator) || !bars.length) return;
  const words = JSON.parse(bars[0].dataset.words);
  let entries = [];

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
    if (waits) lines.push(say(words.waits, { n: waits }));
    else if (!state.sending) lines.push(words.all_sent);
    if (waits && state.locked) lines.push(words.locked);
    if (count("note")) told.push(say(words.notes, { n: count("note") }));
    if (count("refused")) told.push(say(words.refused, { n: count("refused") }));
    if (state.others) told.push(say(words.others, { n: state.others }));
    const calm = !waits && !told.length && state.signal;
    for (const each of bars) {
      each.hidden = calm && "quiet" in each.dataset;
      each.classList.toggle("wait", !calm);
      write(each.querySelector("[data-now]"), [...lines, ...told].join(" "));
      write(each.querySelector("[data-last]"), state.last ? say(words.last, { t: time(state.last) }) : words.never);
      const send = each.querySelector("[data-do=send]"), sign = each.querySelector("[data-sign]");
      send.hidden = Boolean(waits && state.locked);
      if (sign) sign.hidden = !state.locked;
      const more = each.querySelector("[data-more]");
      if (more) more.hidden = !state.entries.length;
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
    list.replaceChildren(...entries.map((entry) => {
      const card = document.getElementById("entry").content.firstElementChild.cloneNode(true);
      write(card.querySelector("[data-name]"), entry.name || words.nameless);
      write(card.querySelector("[data-what]"), `${words[entry.outcome] || ""} · ${time(entry.at)}`);
      write(card.querySelector("[data-words]"), words[`mark_${entry.state}`]);
      write(card.querySelector("[data-said]"), entry.words);
      write(card.querySelector("[data-note]"), entry.note);
      card.querySelector("[data-open]").href = entry.path;
      const forget = card.querySelector("[data-do=forget]");
      forget.hidden = entry.state === "waiting";
      forget.addEventListener("click", () => ask("forget", entry.id));
      card.classList.toggle("late", entry.state === "refused");
      return card;
    }));
    document.querySelector("[data-empty]").hidden = entries.length > 0;
  }

  function show(state) {
    if (state.gone) {
      for (const each of bars) {
        each.hidden = false;
        each.classList.add("late");
        write(each.querySelector("[data-now]"), state.lost ? `${state.gone} ${say(words.lost, { n: state.lost })}` : state.gone);
      }
      return;
    }
    entries = state.entries;
    bar(state);
    marks();
    outbox();
  }

  navigator.serviceWorker.addEventListener("message", (event) => show(event.data));
  navigator.serviceWorker.register("/sw.js").then(() => ask("state")).catch(() => {});
  window.addEventListener("online", () => ask("send"));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask("state"); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-do=send]")) ask("send");
  });
  document.addEventListener("submit", (event) => {
    const waits = entries.filter((entry) => entry.state === "waiting").length;
    if (!event.target.action.endsWith("/sign-out") || !waits) return;
    if (!window.confirm(say(words.leaving, { n: waits }))) event.preventDefault();
  });
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
})();
