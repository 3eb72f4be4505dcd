// A chart card: head, plot and foot; the page's charts.js draws the plot, which is redrawn in place.

const csv = (table) =>
  [...table.rows]
    .map((row) =>
      [...row.cells]
        .map((cell) => {
          if (cell.dataset.raw !== undefined) return cell.dataset.raw === "nan" ? "" : cell.dataset.raw;
          const text = cell.innerText.trim();
          const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
          return `"${safe.replaceAll('"', '""')}"`;
        })
        .join(","),
    )
    .join("\r\n");

const saveCsv = (card, name) => {
  const table = card.querySelector("table");
  if (!table) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", csv(table)], { type: "text/csv;charset=utf-8" }));
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

export default {
  async render({ model, el }) {
    const slot = model.get("slot");
    const card = document.querySelector(`[data-slot="${slot}"]`) ?? el;
    const part = (name) => {
      let node = card.querySelector(`[data-part="${name}"]`);
      if (!node) {
        node = document.createElement("div");
        node.dataset.part = name;
        card.append(node);
      }
      return node;
    };
    const [head, plot, foot] = ["head", "plot", "foot"].map(part);

    const pick = (value) => model.send({ pick: Array.isArray(value) ? value[0] : value });
    const text = (node, name) => {
      if (node.innerHTML === model.get(name)) return;
      const open = node.querySelector("details")?.open;
      node.innerHTML = model.get(name);
      if (open) node.querySelector("details")?.setAttribute("open", "");
    };
    const draw = async () => {
      text(head, "head");
      text(foot, "foot");
      await window.cartoCharts.draw(card, model.get("figure"));
      if (!plot.on || plot.dataset.listening) return;
      plot.dataset.listening = "yes";
      plot.on("plotly_click", ({ points }) => {
        const [point] = points;
        pick(typeof point.x === "number" && point.data.type === "bar" && point.data.orientation !== "h" ? point.x : (point.customdata ?? point.x));
      });
    };
    const savePicture = async (format) => {
      const Plotly = await window.cartoCharts.plotly;
      const { data, layout } = JSON.parse(model.get("figure"));
      const title = { text: head.querySelector("h2")?.textContent.replace(/[<>&]/g, " "), x: 0.02, xanchor: "left" };
      const whole = { ...layout, title, margin: { ...layout.margin, t: 64 }, paper_bgcolor: "#ffffff", width: 1200, height: 700 };
      Plotly?.downloadImage({ data, layout: whole }, { format, filename: slot, width: 1200, height: 700 });
    };
    const click = (event) => {
      const button = event.target.closest("[data-pick], [data-save]");
      if (!button) return;
      if (button.dataset.pick !== undefined) pick(button.dataset.pick);
      else if (button.dataset.save === "csv") saveCsv(card, slot);
      else savePicture(button.dataset.save);
    };
    card.addEventListener("click", click);
    // head, figure and foot change together: one drawing for the three
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      queueMicrotask(() => {
        waiting = false;
        draw();
      });
    };
    ["head", "foot", "figure"].forEach((name) => model.on(`change:${name}`, later));
    await draw();
  },
};
