// A part of a page: shows the model's HTML in the slot of the same name, reports what its controls do.

const slotOf = (model, el) => {
  const slot = document.querySelector(`[data-slot="${model.get("slot")}"]`);
  return slot ?? el;
};

// HTML as the browser writes it back (disabled becomes disabled=""): what is the same isn't drawn again.
const asWritten = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).innerHTML;

const redraw = (host, html) => {
  const active = host.contains(document.activeElement) ? document.activeElement : null;
  const focus = active?.id;
  const range = active && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  const open = new Map([...host.querySelectorAll("details[id]")].map((node) => [node.id, node.open]));
  const scrolls = new Map([...host.querySelectorAll("[data-scroll]")].map((node) => [node.id, node.scrollTop]));
  host.innerHTML = html;
  open.forEach((value, id) => host.querySelector(`#${CSS.escape(id)}`)?.toggleAttribute("open", value));
  scrolls.forEach((value, id) => {
    const node = host.querySelector(`#${CSS.escape(id)}`);
    if (node) node.scrollTop = value;
  });
  if (focus) {
    const node = host.querySelector(`#${CSS.escape(focus)}`);
    node?.focus({ preventScroll: true });
    try {
      if (node && range && range[0] !== null) node.setSelectionRange(...range);
    } catch {
      // number inputs have no selection
    }
  }
};

const webgl = () => Boolean(document.createElement("canvas").getContext("webgl2") ?? document.createElement("canvas").getContext("webgl"));

// An SVG drawn on white, twice its size.
const raster = async (text) => {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * picture.width, height: 2 * picture.height });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
};

const save = async ({ name, text, type }) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(type === "image/png" ? await raster(text) : new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

// What makes a control report: data-on says it, else what suits its kind.
const kindOf = (control) =>
  control.dataset.on ?? (control.tagName === "FORM" ? "submit" : control.matches("input, select") ? "change" : "click");

// Tells the kernel what was done with a control.
const tell = (model, control) => {
  const field = control.tagName === "FORM" ? control.querySelector("input, select") : control;
  document.documentElement.dataset.asked = control.dataset.event;
  document.documentElement.classList.add("carto-busy");
  model.send({
    event: control.dataset.event,
    name: control.dataset.name ?? "",
    value: control.dataset.value ?? field.value ?? "",
    checked: Boolean(control.checked),
  });
};

const reporter = (model, host) => (event) => {
  const control = event.target.closest?.("[data-event]");
  if (!control || !host.contains(control)) return;
  const kind = kindOf(control);
  if (event.type !== kind) return;
  if (kind === "input") {
    clearTimeout(control.typing);
    const report = () => model.send({ event: control.dataset.event, value: control.value });
    control.typing = setTimeout(report, 80);
    return;
  }
  if (kind !== "change") event.preventDefault();
  tell(model, control);
};

// Used before its part was live, a control speaks now, even where drawing has put a twin in its place.
const tellEarly = (model) => {
  const early = window.cartoEarly?.splice(0) ?? [];
  window.cartoEarly?.push(...early.filter(({ slot }) => slot !== model.get("slot")));
  early.filter(({ slot }) => slot === model.get("slot")).forEach(({ control }) => tell(model, control));
};

export default {
  render({ model, el }) {
    const host = slotOf(model, el);
    const draw = () => {
      if (host.innerHTML !== asWritten(model.get("html"))) redraw(host, model.get("html"));
      host.dataset.drawn = String(Number(host.dataset.drawn ?? 0) + 1);
    };
    const move = () => {
      const address = model.get("address");
      if (address) history.replaceState(null, "", address);
    };
    const receive = (message) => {
      // The answer to what was typed before must not pass for the answer to what was done last.
      if (message.answered === document.documentElement.dataset.asked) document.documentElement.classList.remove("carto-busy");
      if (message.download) save(message.download);
    };
    const report = reporter(model, host);
    const kinds = ["click", "change", "submit", "input"];
    kinds.forEach((kind) => host.addEventListener(kind, report));
    model.on("change:html", draw);
    model.on("change:address", move);
    model.on("msg:custom", receive);
    draw();
    tellEarly(model);
    const fallback = host.querySelector("[data-without-webgl]");
    if (fallback && !webgl()) model.send({ event: fallback.dataset.withoutWebgl });
    return () => kinds.forEach((kind) => host.removeEventListener(kind, report));
  },
};
