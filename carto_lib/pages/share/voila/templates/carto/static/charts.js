// Charts: a card's figure, written in the page, is drawn in the page's colours as soon as plotly.js is there, before any
// kernel is reached; the card's widget draws the next ones the same way.
(() => {
  const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false };

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    return { accent: read("--accent", "#0b5f6b"), ink: read("--ink", "#1b1f24"), line: read("--line", "#d5dae0"), surface: read("--surface", "#ffffff") };
  };

  const themed = (layout) => {
    const { ink, line, surface } = colours();
    const themedLayout = {
      ...layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { ...layout.font, family: "Source Sans Pro, sans-serif", color: ink },
      hoverlabel: { bgcolor: surface, bordercolor: line, ...layout.hoverlabel, font: { color: ink, family: "Source Sans Pro, sans-serif" } },
      autosize: true,
      width: undefined,
      height: undefined,
    };
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(name)) {
        themedLayout[name] = { gridcolor: line, zerolinecolor: line, linecolor: line, ...layout[name], color: ink };
        if (layout[name].gridcolor) themedLayout[name].gridcolor = line;
      }
    }
    themedLayout.annotations = (layout.annotations ?? []).map((note) => ({
      ...note,
      font: { ...note.font, color: note.font?.color === "white" || note.font?.color === "#ffffff" ? "#ffffff" : ink },
    }));
    return themedLayout;
  };

  const ACCENT = "#0b5f6b";

  const recoloured = (data) => {
    const { accent } = colours();
    return data.map((trace) => (trace.marker?.color === ACCENT ? { ...trace, marker: { ...trace.marker, color: accent } } : trace));
  };

  // On a narrow card the names beside bars and cells would be cut at their beginning: they are shortened at their end.
  const NARROW = 420;
  const LONGEST_NAME = 20;
  const named = (plot, data, layout) => {
    const named = data.length === 1 && (layout.yaxis?.type === "category" || data[0].type === "heatmap");
    const names = named ? data[0].y : null;
    if (!names || typeof names[0] !== "string" || plot.clientWidth > NARROW) return layout;
    const short = names.map((name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…` : name));
    return { ...layout, yaxis: { ...layout.yaxis, tickmode: "array", tickvals: names, ticktext: short } };
  };

  // Nor do numbers fit in the cells of a narrow card: the table beside it has them.
  const CELLS = 8;
  const fitted = (plot, data) =>
    plot.clientWidth > NARROW
      ? data
      : data.map((trace) => (trace.type === "heatmap" && trace.x?.length > CELLS ? { ...trace, texttemplate: "" } : trace));

  // A legend there takes a line a name: it is given the height, so that it need not scroll.
  const LEGEND = 130;
  const tall = (plot, layout) =>
    plot.clientWidth > NARROW || !layout?.showlegend
      ? layout
      : { ...layout, height: (layout.height ?? 360) + LEGEND, legend: { ...layout.legend, maxheight: 0.9 } };

  const script = document.createElement("script");
  const plotly = new Promise((resolve) => {
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => resolve(null);
  });
  script.src = document.currentScript.dataset.plotly;
  document.head.append(script);

  const figures = new Map();
  const show = async (Plotly, card) => {
    const plot = card.querySelector("[data-part=plot]");
    const figure = figures.get(card);
    plot.hidden = !figure;
    const drawn = () => (card.dataset.drawn = String(Number(card.dataset.drawn ?? 0) + 1));
    if (!figure) drawn();
    if (!figure || !Plotly) return;
    const { data, layout: drawnLayout } = JSON.parse(figure);
    const layout = tall(plot, drawnLayout);
    plot.style.height = `${layout?.height ?? 360}px`;
    const config = { ...CONFIG, locale: document.documentElement.lang };
    await Plotly.react(plot, fitted(plot, recoloured(data)), named(plot, data, themed(layout ?? {})), config);
    plot.classList.remove("skeleton");
    drawn();
    window.dispatchEvent(new CustomEvent("carto-drawn", { detail: card.dataset.slot }));
  };

  // Draws a figure (JSON text) in a card, unless it is there already.
  const draw = async (card, figure) => {
    const Plotly = await plotly;
    if (figures.get(card) === figure) return;
    figures.set(card, figure);
    await show(Plotly, card);
  };
  const drawPage = () =>
    Promise.all([...document.querySelectorAll(".chart > script")].map((node) => draw(node.parentElement, node.textContent)));

  document.addEventListener("carto-content", drawPage);
  document.addEventListener("carto-mode", async () => {
    const Plotly = await plotly;
    figures.forEach((_, card) => show(Plotly, card));
  });
  let width = window.innerWidth;
  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      if (width === window.innerWidth) return;
      width = window.innerWidth;
      const Plotly = await plotly;
      figures.forEach((_, card) => show(Plotly, card));
    }, 200);
  });
  window.cartoCharts = { draw, plotly };
})();
