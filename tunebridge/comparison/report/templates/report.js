{% include "page.js" %}
// A trial is the same in the picture and in the table: to point at one shows the other, and says what it is.
for (const figure of document.querySelectorAll("figure.trials")) {
  const plane = figure.querySelector(".plane");
  const readout = figure.querySelector(".readout");
  const table = figure.nextElementSibling;
  const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
  const hint = readout.textContent;
  const parts = (trial) =>
    [plane, table].flatMap((place) => [...place.querySelectorAll(`[data-trial="${trial}"]`)]);
  const clear = () => {
    for (const one of [plane, table]) one.querySelectorAll(".on").forEach((part) => part.classList.remove("on"));
    plane.classList.remove("some");
    readout.textContent = hint;
  };
  const show = (trial) => {
    clear();
    plane.classList.add("some");
    parts(trial).forEach((part) => part.classList.add("on"));
    const row = table.querySelector(`tr[data-trial="${trial}"]`);
    const cells = [...row.cells].map((cell, place) => [heads[place], cell.textContent.trim()]);
    readout.textContent = cells.filter(([, text]) => text).map(([head, text]) => `${head} ${text}`).join("; ");
  };
  for (const [place, begin, end] of [[plane, "pointerover", "pointerout"], [table, "pointerover", "pointerout"], [table, "focusin", "focusout"]]) {
    place.addEventListener(begin, (event) => {
      const part = event.target.closest("[data-trial]");
      if (part) show(part.dataset.trial);
    });
    place.addEventListener(end, clear);
  }
}
