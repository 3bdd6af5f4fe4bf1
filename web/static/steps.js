// Asks one question at a time in a form that is whole without this script. Words come from the page.
"use strict";
(() => {
  const frame = document.getElementById("steps");
  if (!frame) return;

  function guide(form) {
    const steps = [...form.querySelectorAll("[data-step]")];
    const [top, turn] = [...frame.content.cloneNode(true).children];
    const place = top.querySelector("[data-place]"), missing = top.querySelector("[data-missing]");
    const back = turn.querySelector("[data-back]"), next = turn.querySelector("[data-next]");
    const words = place.textContent, last = steps.length - 1;
    let now = Math.max(0, steps.findIndex((step) => step.classList.contains("has-wrong")));

    function show(wanted, moved) {
      now = Math.min(Math.max(wanted, 0), last);
      steps.forEach((step, place_no) => { step.hidden = place_no !== now; });
      place.textContent = words.replace("{n}", now + 1).replace("{all}", steps.length);
      missing.hidden = true;
      back.hidden = now === 0;
      next.hidden = now === last;
      if (moved) steps[now].focus();
    }

    function forward() {
      if (steps[now].dataset.must && !steps[now].querySelector("input:checked")) {
        missing.hidden = false;
        steps[now].focus();
      } else show(now + 1, true);
    }

    steps[0].before(top);
    steps[last].after(turn);
    for (const step of steps) step.tabIndex = -1;
    back.addEventListener("click", () => show(now - 1, true));
    next.addEventListener("click", forward);
    form.addEventListener("submit", (event) => {
      if (now === last) return;
      event.preventDefault();
      forward();
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#q-']");
      const found = link ? steps.findIndex((step) => step.id === link.hash.slice(1)) : -1;
      if (found >= 0) show(found, true);
    });
    show(now, false);
  }

  document.querySelectorAll("form[data-steps]").forEach(guide);
})();
