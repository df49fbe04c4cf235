/* The table of papers: search, filters, order and page stand in the address, so that a view can be kept and sent.
   Words of papers are set as text only. */
"use strict";
(() => {
  const { rows, uses } = JSON.parse(document.getElementById("papers-data").textContent);
  const [PAGE, TITLE, SOURCE, YEAR, VENUE, HOST, VERDICT, USES, SEARCH, FAILURE] = rows.length ? rows[0].keys() : [];
  const SIZE = 50;
  const LEVELS = ["red-flag", "caution", "safe", "unstated", "none", "failed", "waiting"];
  const NAMES = { "red-flag": "red flag", failed: "not audited", waiting: "not reached" };
  const ORDER = {
    title: (a, b) => words.compare(a[TITLE], b[TITLE]),
    verdict: (a, b) => LEVELS.indexOf(a[VERDICT]) - LEVELS.indexOf(b[VERDICT]),
    year: (a, b) => (a[YEAR] ?? Infinity) - (b[YEAR] ?? Infinity),
    venue: (a, b) => words.compare(a[VENUE], b[VENUE]),
    search: (a, b) => words.compare(a[SEARCH], b[SEARCH]),
  };
  const words = new Intl.Collator("en", { numeric: true });
  const at = id => document.getElementById(id);
  const fields = { q: at("q"), verdict: at("verdict"), use: at("use"), year: at("year"), venue: at("venue") };
  const heads = [...document.querySelectorAll("[data-sort]")];
  const badges = Object.fromEntries([...document.querySelectorAll("[data-level]")].map(one => [one.dataset.level, one]));
  const texts = rows.map(row => [row[TITLE], row[SOURCE], row[VENUE], row[FAILURE]].join("\n").toLowerCase());

  const offer = (field, values, name = value => value) => {
    for (const value of values) {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = name(value);
      field.append(option);
    }
    field.closest("p").hidden = values.length < 2;
  };
  const found = (column, order) => [...new Set(rows.map(row => row[column]))].filter(one => one !== null && one !== "").sort(order);
  offer(fields.verdict, LEVELS.filter(level => rows.some(row => row[VERDICT] === level)), level => NAMES[level] || level);
  const made = rows.reduce((all, row) => all | row[USES], 0);
  const useNames = Object.fromEntries(uses);
  offer(fields.use, uses.filter((_, place) => made & 1 << place).map(([use]) => use), use => useNames[use]);
  offer(fields.year, found(YEAR, (a, b) => b - a).map(String));
  offer(fields.venue, found(VENUE, words.compare));

  const first = { q: "", verdict: "", use: "", year: "", venue: "", sort: "", dir: "", page: "1" };
  let state = { ...first };

  const read = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    state = Object.fromEntries(Object.keys(first).map(name => [name, given.get(name) ?? first[name]]));
    if (!(state.sort in ORDER)) state.sort = "";
    for (const [name, field] of Object.entries(fields)) {
      field.value = state[name];
      if (field.value !== state[name]) state[name] = field.value = "";
    }
  };
  const keep = () => {
    const given = new URLSearchParams(Object.entries(state).filter(([name, value]) => value !== first[name]));
    const hash = given.size ? `#${given}` : "#papers";
    try {
      history.replaceState(null, "", hash);
    } catch {
      /* A browser that guards files from scripts: the view works, its address stays. */
    }
  };

  const cell = (kind, ...parts) => {
    const made = document.createElement(kind);
    made.append(...parts);
    return made;
  };
  const note = text => Object.assign(cell("span", text), { className: "note" });
  const line = row => {
    const link = row[PAGE] ? Object.assign(cell("a", row[TITLE]), { href: `papers/${row[PAGE]}.html` }) : row[TITLE];
    const head = cell("th", link);
    head.scope = "row";
    if (row[SOURCE] !== row[TITLE]) head.append(note(row[SOURCE]));
    const verdict = cell("td", badges[row[VERDICT]].firstElementChild.cloneNode(true));
    if (row[FAILURE]) verdict.append(" ", note(row[FAILURE]));
    const named = uses.filter(([use], place) => row[USES] & 1 << place).map(([, name]) => name);
    return cell("tr", head, verdict, cell("td", named.join(", ")), cell("td", row[YEAR] ?? ""), cell("td", row[VENUE]), cell("td", row[VERDICT] === "failed" || row[VERDICT] === "waiting" ? "" : row[SEARCH]));
  };

  const show = () => {
    const sought = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const bit = state.use ? 1 << uses.findIndex(([use]) => use === state.use) : 0;
    let chosen = rows.map((_, place) => place).filter(place => {
      const row = rows[place];
      return (!state.verdict || row[VERDICT] === state.verdict) && (!bit || row[USES] & bit) &&
        (!state.year || String(row[YEAR]) === state.year) && (!state.venue || row[VENUE] === state.venue) &&
        sought.every(word => texts[place].includes(word));
    });
    if (state.sort) {
      const way = state.dir === "desc" ? -1 : 1;
      chosen.sort((a, b) => way * ORDER[state.sort](rows[a], rows[b]) || a - b);
    }
    const pages = Math.max(1, Math.ceil(chosen.length / SIZE));
    const page = Math.min(Math.max(parseInt(state.page, 10) || 1, 1), pages);
    state.page = String(page);
    const shown = chosen.slice((page - 1) * SIZE, page * SIZE);
    at("rows").replaceChildren(...shown.map(place => line(rows[place])));
    at("count").textContent = `${chosen.length} of ${rows.length} papers` + (pages > 1 ? `, ${(page - 1) * SIZE + 1} to ${(page - 1) * SIZE + shown.length} shown` : "");
    at("where").textContent = `Page ${page} of ${pages}`;
    at("previous").disabled = page === 1;
    at("next").disabled = page === pages;
    at("pager").hidden = pages === 1;
    for (const head of heads) {
      const on = head.dataset.sort === state.sort;
      head.closest("th").setAttribute("aria-sort", on ? (state.dir === "desc" ? "descending" : "ascending") : "none");
    }
  };
  const change = changed => {
    state = { ...state, page: "1", ...changed };
    show();
    keep();
  };

  for (const [name, field] of Object.entries(fields)) field.addEventListener("input", () => change({ [name]: field.value }));
  at("filters").addEventListener("submit", event => event.preventDefault());
  at("filters").addEventListener("reset", event => {
    event.preventDefault();
    for (const field of Object.values(fields)) field.value = "";
    change(first);
    fields.q.focus();
  });
  for (const head of heads) {
    head.addEventListener("click", () => {
      const sort = head.dataset.sort;
      change(state.sort === sort ? { dir: state.dir === "desc" ? "" : "desc" } : { sort, dir: "" });
    });
  }
  const turn = by => {
    change({ page: String(Number(state.page) + by) });
    at("papers").scrollIntoView();
  };
  at("previous").addEventListener("click", () => turn(-1));
  at("next").addEventListener("click", () => turn(1));
  addEventListener("hashchange", () => {
    if (location.hash.includes("=")) {
      read();
      show();
    }
  });
  at("filters").hidden = at("table").hidden = false;
  read();
  show();
})();
