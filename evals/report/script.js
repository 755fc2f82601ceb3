// Orders and filters the rows of the utterance table; without it all rows are there, in the first order.
"use strict";
const body = document.getElementById("utterances");
const rows = Array.from(body.rows);
const [order, kind, same] = ["order", "kind", "same"].map((id) => document.getElementById(id));
const orders = {
  worst: (a, b) => b.dataset.differs - a.dataset.differs || b.dataset.change - a.dataset.change,
  best: (a, b) => b.dataset.differs - a.dataset.differs || a.dataset.change - b.dataset.change,
  id: () => 0,
};

function isShown(row) {
  return (same.checked || row.dataset.differs === "1") && (!kind.value || row.dataset.kind === kind.value);
}

function arrange() {
  const byId = (a, b) => (a.dataset.id < b.dataset.id ? -1 : 1);
  rows.sort((a, b) => orders[order.value](a, b) || byId(a, b));
  rows.forEach((row) => { row.hidden = !isShown(row); });
  body.append(...rows);
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("shown").textContent = `${shown} of ${rows.length} utterances`;
}

[order, kind, same].forEach((control) => control.addEventListener("change", arrange));
document.addEventListener("play", (event) => {
  document.querySelectorAll("audio").forEach((audio) => { if (audio !== event.target) audio.pause(); });
}, true);
arrange();
