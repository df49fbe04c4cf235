/* Sends a PDF to this server and follows its audit; on a paper's page, stores each decision in the study. */
"use strict";
(() => {
  const form = document.getElementById("upload");
  if (form) {
    const bar = document.getElementById("progress");
    const state = document.getElementById("upload-state");
    const follow = async job => {
      const answer = await (await fetch(`/jobs/${job}`)).json();
      if (answer.state === "done") location.assign(`/papers/${answer.paper}`);
      else if (answer.state === "failed") state.textContent = answer.message;
      else {
        state.textContent = answer.state === "auditing" ? "Auditing …" : "Waiting for its turn …";
        setTimeout(() => follow(job).catch(lost), 300);
      }
    };
    const lost = () => { state.textContent = "The server does not answer."; };
    form.hidden = false;
    form.addEventListener("submit", event => {
      event.preventDefault();
      const file = document.getElementById("file").files[0];
      const request = new XMLHttpRequest();
      request.open("POST", `/papers?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/pdf");
      request.upload.addEventListener("progress", now => {
        bar.hidden = false;
        bar.value = (100 * now.loaded) / now.total;
        state.textContent = "Sending …";
      });
      request.addEventListener("load", () => {
        bar.hidden = true;
        if (request.status === 202) follow(JSON.parse(request.responseText).job).catch(lost);
        else state.textContent = request.responseText;
      });
      request.addEventListener("error", lost);
      request.send(file);
    });
  }
  // One request at a time, always with the newest state: a note that is being typed arrives as it was left.
  let newest = null;
  let sending = false;
  document.addEventListener("seedaudit:decided", async event => {
    newest = event.detail;
    if (sending) return;
    sending = true;
    while (newest) {
      const { save, decisions, tell } = newest;
      newest = null;
      const body = JSON.stringify(decisions);
      try {
        const answer = await fetch(save, {
          method: "PUT",
          headers: { "Content-Type": "application/json" },
          keepalive: body.length < 16000,
          body,
        });
        const said = answer.ok ? "Stored in the study." : `Not stored: ${await answer.text()}`;
        if (!newest) tell(said);
      } catch {
        tell("The server does not answer: export your decisions before you close this page.");
      }
    }
    sending = false;
  });
})();
