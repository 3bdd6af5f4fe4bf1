// Keys for an office's desk: moves between items and presses the page's own buttons and links.
// Everything it does can be done without it. It can be switched off on the page (WCAG 2.1.4).
"use strict";
(() => {
  const help = document.querySelector("[data-keys]");
  if (!help) return;
  const PAUSE = 600; // a second tap of the same key must not fall on the next item
  const opened = Date.now();
  const rows = [...document.querySelectorAll("[data-worklist] a.cover")];
  const button = help.querySelector("[data-keys-switch]");
  let leaving = false;

  const isOn = () => { try { return localStorage.getItem("desk-keys") !== "off"; } catch { return true; } };
  const showSwitch = () => {
    button.textContent = isOn() ? button.dataset.on : button.dataset.off;
    document.querySelectorAll("[data-hint]").forEach((hint) => { hint.hidden = !isOn(); });
  };
  const typing = (node) => node.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  function move(step) {
    const at = rows.indexOf(document.activeElement);
    const next = rows[Math.min(Math.max(at < 0 ? 0 : at + step, 0), rows.length - 1)];
    if (next) next.focus();
  }

  // Opens and focuses what a key stands for; presses it only where there is nothing to fill in.
  function show(node) {
    if (node.matches("details")) node.open = true;
    const field = node.querySelector("input:not([type=hidden]), textarea, select, button") ?? node;
    field.focus();
    field.scrollIntoView({ block: "center" });
  }

  function press(node) {
    if (node.matches("a")) { leaving = true; node.click(); return; }
    const fields = node.querySelector("input:not([type=hidden]), textarea, select");
    if (!node.matches("form") || fields) { show(node); return; }
    if (Date.now() - opened < PAUSE) return;
    leaving = true;
    node.querySelector("button").click();
  }

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (event.key === "Escape") { document.activeElement.blur(); return; }
    if (leaving || !isOn() || typing(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : "";
    const known = key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (key === "?") { help.open = !help.open; if (help.open) help.querySelector("summary").focus(); }
    else if (key === "/" && document.getElementById("number")) {
      const field = document.getElementById("number");
      field.closest("details").open = true;
      field.focus();
    } else if (rows.length && (key === "j" || key === "k")) move(key === "j" ? 1 : -1);
    else if (rows.length && "arg".includes(key) && key) {
      const at = Math.max(rows.indexOf(document.activeElement), 0);
      leaving = true;
      location.href = `${rows[at].href}#do-${key}`;
    } else if (known) press(known);
    else return;
    event.preventDefault();
  }

  help.hidden = false;
  showSwitch();
  button.addEventListener("click", () => {
    try { localStorage.setItem("desk-keys", isOn() ? "off" : "on"); } catch { /* stays on */ }
    showSwitch();
  });
  document.addEventListener("keydown", onKey);
  addEventListener("pageshow", () => { leaving = false; });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent && Date.now() - form.dataset.sent < 5000) event.preventDefault();
    form.dataset.sent = Date.now();
  });
  const asked = location.hash.match(/^#do-([arg])$/);
  const wanted = asked && document.querySelector(`[data-key="${asked[1]}"]`);
  if (wanted) show(wanted);
  const place = location.hash.startsWith("#item-") && document.getElementById(location.hash.slice(1));
  if (place) place.querySelector("a.cover").focus();
})();
