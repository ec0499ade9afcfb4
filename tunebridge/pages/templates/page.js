"use strict";
// A click on a head sorts the rows by that column; another one turns them round.
for (const table of document.querySelectorAll("table.rows")) {
  const key = (row, place) => {
    const text = row.cells[place].textContent.trim();
    const time = text.match(/^(?:([\d,]+) h )?(\d+) min(?: (\d+) s)?$/);
    if (time) return 3600 * (time[1] || "0").replace(/,/g, "") + 60 * time[2] + Number(time[3] || 0);
    const number = Number(text.replace(/ [%s]$/, ""));
    return text === "" || isNaN(number) ? text : number;
  };
  const rank = (value) => (typeof value === "number" ? 0 : 1);
  const compare = (a, b) => rank(a) - rank(b) || (rank(a) ? a.localeCompare(b) : a - b);
  table.querySelectorAll("thead button").forEach((button, place) => button.addEventListener("click", () => {
    const head = button.parentElement;
    const sign = head.ariaSort === "ascending" ? -1 : 1;
    table.querySelectorAll("thead th").forEach((other) => { other.ariaSort = null; });
    head.ariaSort = sign > 0 ? "ascending" : "descending";
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => sign * compare(key(a, place), key(b, place)));
    table.tBodies[0].append(...rows);
  }));
}
// What is folded is printed, too.
const folded = () => [...document.querySelectorAll("details:not([open])")];
let opened = [];
addEventListener("beforeprint", () => { opened = folded(); opened.forEach((part) => { part.open = true; }); });
addEventListener("afterprint", () => { opened.forEach((part) => { part.open = false; }); });
