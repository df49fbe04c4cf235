/* A reader's decisions about findings: kept in this browser, exported as a file. Without this script the report is
   whole; what needs it is hidden until it runs. Words of the paper are only read here, and only as text. A page that
   comes from a server brings the decisions of its study, and each change is told as the event seedaudit:decided. */
"use strict";
(() => {
  const ANSWERS = ["right", "wrong", "unsure"];
  const form = document.getElementById("decide");
  const bar = document.getElementById("decisions");
  const state = document.getElementById("decisions-state");
  const findings = [...document.querySelectorAll("[data-use]")];
  const papers = [...document.querySelectorAll("[data-sha256]")];
  let kept = true;

  const place = finding => finding.closest("[data-sha256]");
  const shelf = paper => `seedaudit:decisions:1:${paper.dataset.sha256}`;
  const name = finding => [finding.dataset.use, finding.dataset.start, finding.dataset.quote].join(":");

  const read = paper => {
    if (bar.dataset.save) return JSON.parse(bar.dataset.decisions);
    try {
      const found = JSON.parse(localStorage.getItem(shelf(paper)) || "{}");
      return found && typeof found === "object" ? found : {};
    } catch {
      kept = false;
      return {};
    }
  };
  const known = new Map(papers.map(paper => [paper, read(paper)]));
  const write = paper => {
    const all = known.get(paper);
    if (bar.dataset.save) {
      const told = { save: bar.dataset.save, decisions: all, tell: words => tell(words) };
      document.dispatchEvent(new CustomEvent("seedaudit:decided", { detail: told }));
      return;
    }
    try {
      if (Object.keys(all).length) localStorage.setItem(shelf(paper), JSON.stringify(all));
      else localStorage.removeItem(shelf(paper));
    } catch {
      kept = false;
    }
  };
  const decisions = () => [...known.values()].flatMap(Object.values);

  const where = () => bar.dataset.save ? ""
    : kept ? "Kept in this browser." : "This browser keeps nothing for this page: export before you close it.";
  const tell = (words = where()) => {
    const made = decisions();
    const decided = made.filter(one => ANSWERS.includes(one.decision)).length;
    bar.hidden = made.length === 0;
    state.textContent = `${decided} of ${findings.length} passages decided. ${words}`;
  };

  const show = finding => {
    const made = known.get(place(finding))[name(finding)] || {};
    const chosen = ANSWERS.includes(made.decision) ? made.decision : "open";
    for (const one of finding.querySelectorAll(".decide input")) one.checked = one.value === chosen;
    finding.querySelector(".decide textarea").value = typeof made.note === "string" ? made.note : "";
    finding.querySelector(".decide select").value = typeof made.should_be === "string" ? made.should_be : "";
    finding.querySelector(".decide-should").hidden = chosen !== "wrong";
    finding.classList.toggle("decided", chosen !== "open");
  };
  const change = finding => {
    const decision = finding.querySelector(".decide input:checked").value;
    const note = finding.querySelector(".decide textarea").value.trim();
    const other = decision === "wrong" && finding.querySelector(".decide select").value;
    const paper = place(finding);
    if (decision === "open" && !note) delete known.get(paper)[name(finding)];
    else known.get(paper)[name(finding)] = { decision, note, ...(other && { should_be: other }) };
    finding.querySelector(".decide-should").hidden = decision !== "wrong";
    finding.classList.toggle("decided", decision !== "open");
    write(paper);
    tell();
  };

  findings.forEach((finding, at) => {
    const made = form.content.cloneNode(true);
    for (const one of made.querySelectorAll("input")) {
      one.name = `decision-${at}`;
      one.id = `decision-${at}-${one.value}`;
      one.nextElementSibling.htmlFor = one.id;
    }
    const other = made.querySelector("select");
    other.id = `should-${at}`;
    other.previousElementSibling.htmlFor = other.id;
    other.querySelector(`[value="${finding.dataset.use}"]`).remove();
    made.querySelector("textarea").id = `note-${at}`;
    made.querySelector(".decide-note").htmlFor = `note-${at}`;
    finding.querySelector(".decide-here").append(made);
    show(finding);
    finding.querySelector(".decide").addEventListener("input", () => change(finding));
  });

  const record = paper => ({
    source: paper.dataset.source,
    id: paper.dataset.id || null,
    sha256: paper.dataset.sha256,
    decisions: findings
      .filter(finding => place(finding) === paper && name(finding) in known.get(paper))
      .map(finding => ({
        use: finding.dataset.use,
        page: finding.dataset.page ? Number(finding.dataset.page) : null,
        start: Number(finding.dataset.start),
        end: Number(finding.dataset.end),
        quote_sha256: finding.dataset.quote,
        decision: known.get(paper)[name(finding)].decision,
        note: known.get(paper)[name(finding)].note,
        ...(known.get(paper)[name(finding)].should_be && { should_be: known.get(paper)[name(finding)].should_be }),
      })),
  });
  document.getElementById("decisions-export").addEventListener("click", () => {
    const { version, rules, model } = bar.dataset;
    const told = {
      schema: 1,
      kind: "seedaudit-decisions",
      tool: { name: "seedaudit", version, rules, model },
      papers: papers.map(record).filter(paper => paper.decisions.length),
    };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(told, null, 2) + "\n"], { type: "application/json" }));
    const one = papers.length === 1 ? `-${papers[0].dataset.sha256.slice(0, 12)}` : "";
    link.download = `seedaudit-decisions${one}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  document.getElementById("decisions-clear").addEventListener("click", () => {
    if (!confirm("Forget all decisions and notes on this page?")) return;
    for (const paper of papers) {
      known.set(paper, {});
      write(paper);
    }
    findings.forEach(show);
    tell();
  });

  for (const button of document.querySelectorAll(".copy")) {
    const words = document.getElementById(button.dataset.copies);
    const said = button.nextElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = [...words.children].map(one => one.textContent.trim()).join("\n\n");
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(words);
        said.textContent = "Selected: copy it with Ctrl+C or Cmd+C.";
      }
    });
  }
  tell();
})();
