// Before anything is painted: the language and the light or dark mode that the address or the browser asks for.
(() => {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const stored = (() => {
    try {
      return localStorage.getItem("carto-mode");
    } catch {
      return null;
    }
  })();
  const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const known = (mode) => (["light", "dark"].includes(mode) ? mode : null);
  root.dataset.mode = known(asked.get("mode")) ?? known(stored) ?? preferred;
  root.lang = asked.get("lang") === "en" ? "en" : "fr";

  // Voilà's scripts make the page answer; they run after the charts' script, which shows more and sooner.
  // Voilà starts on the window's load event, so they are asked for before it: at the body's end, or by the charts' script.
  window.cartoStart = async (url) => {
    await window.cartoCharts?.plotly;
    document.body.append(Object.assign(document.createElement("script"), { src: url }));
  };

  // anywidget gives up a widget that isn't ready in two seconds, which a busy machine may take: it is given a minute.
  const ANYWIDGET_PATIENCE = 2000;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (delay) => timeout(delay === ANYWIDGET_PATIENCE ? 60_000 : delay);

  // Voilà calls this while a slow kernel keeps the page open.
  window.voila_heartbeat = () => {};

  // A widget that isn't ours is drawn by Voilà in an output of its own, which is put where the page wants it.
  window.cartoPlace = (output, slot) => {
    const place = document.querySelector(`[data-slot="${slot}"]`);
    if (!place) return;
    output.classList.add("placed");
    place.replaceChildren(output);
    const labels = JSON.parse(document.getElementById("sigma-labels")?.dataset.labels ?? "{}");
    new MutationObserver(() => {
      for (const button of output.querySelectorAll("button[title]")) {
        const label = labels[button.title];
        if (label) {
          button.title = label;
          button.setAttribute("aria-label", label);
        }
      }
    }).observe(output, { childList: true, subtree: true });
  };

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest?.("[data-mode-toggle]");
    if (toggle) {
      root.dataset.mode = root.dataset.mode === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("carto-mode", root.dataset.mode);
      } catch {
        // private browsing: the mode lasts as long as the page
      }
      document.dispatchEvent(new CustomEvent("carto-mode"));
    }
    const drawer = event.target.closest?.("[data-drawer]");
    if (drawer) {
      const open = document.body.classList.toggle("drawer-open");
      drawer.setAttribute("aria-expanded", String(open));
    }
    const copy = event.target.closest?.("[data-copy]");
    if (copy) navigator.clipboard?.writeText(location.href).then(() => (copy.textContent = copy.dataset.copy));
  });
  // What is done with a control before its part of the page is live waits for it (see fragment.js).
  window.cartoEarly = [];
  const keep = (event) => {
    const control = event.target.closest?.("[data-event]");
    const host = control?.closest("[data-slot]");
    if (!host || host.dataset.drawn) return;
    const kind = control.tagName === "FORM" ? "submit" : control.matches("input, select") ? "change" : "click";
    if (event.type !== kind || control.dataset.on) return;
    if (kind !== "change") event.preventDefault();
    window.cartoEarly.push({ control, slot: host.dataset.slot });
  };
  ["click", "change", "submit"].forEach((kind) => document.addEventListener(kind, keep, true));

  // A control with data-key is pressed by its letter, unless one types, or the page's own box turns the keys off.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea");
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length !== 1 || document.getElementById("keys")?.checked === false) return;
    const control = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]:not(:disabled)`);
    if (!control) return;
    event.preventDefault();
    control.click();
  });
  // Suggestions under a box: the arrows walk through them, Escape puts them away.
  document.addEventListener("keydown", (event) => {
    const list = document.querySelector("[data-suggestions]");
    const choices = [...(list?.querySelectorAll("button") ?? [])];
    const box = document.querySelector("[data-suggests]");
    if (!choices.length || ![box, ...choices].includes(document.activeElement)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      ([box, ...choices, box][choices.indexOf(document.activeElement) + 1 + step] ?? choices.at(-1)).focus();
    } else if (event.key === "Escape") {
      list.remove();
      box.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("drawer-open")) {
      document.body.classList.remove("drawer-open");
      document.querySelector("[data-drawer]")?.setAttribute("aria-expanded", "false");
    }
  });
})();
