// Sorts and filters the table of an answer at once. Without this file the same links and the same form do it on the server.
"use strict";

(() => {
  const table = document.querySelector(".table table");
  const form = document.querySelector("form.sift");
  if (!table || !form) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const field = form.elements.namedItem("_filter");
  if (field.value) return; // rows are missing here that another word would find
  const seen = document.getElementById("seen");
  const headings = [...table.tHead.rows[0].cells];
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map(rows.map((row) => [row, folded(row.textContent)]));
  const collate = new Intl.Collator("en", { numeric: true }).compare;
  const compare = (a, b) => (Number(a) - Number(b)) || collate(a, b);
  const permalink = document.getElementById("permalink");

  const changed = (text, name, value) => {
    const address = new URL(text);
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
    return address.href;
  };

  const remember = (name, value) => {
    history.replaceState(null, "", changed(location.href, name, value));
    permalink.href = permalink.textContent = changed(permalink.href, name, value);
  };

  const filter = () => {
    const words = folded(field.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      if (!row.hidden) count += 1;
    }
    seen.textContent = words.length ? `${count} of ${rows.length} rows shown.` : "";
    remember("_filter", field.value.trim());
  };

  const sort = (place, descending) => {
    const text = (row) => row.cells[place].textContent.trim();
    const sign = descending ? -1 : 1;
    const filled = rows.filter(text).sort((a, b) => sign * compare(text(a), text(b)));
    body.append(...filled, ...rows.filter((row) => !text(row)));
    headings.forEach((heading) => heading.removeAttribute("aria-sort"));
    headings[place].setAttribute("aria-sort", descending ? "descending" : "ascending");
    remember("_sort", headings[place].dataset.name);
    remember("_order", descending ? "desc" : "");
  };

  headings.forEach((heading, place) => {
    const link = heading.querySelector("a");
    if (!link) return;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      sort(place, heading.getAttribute("aria-sort") === "ascending");
    });
  });
  field.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
