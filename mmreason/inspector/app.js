// Keys, the colour scheme and the address bar of the inspector. Nothing here reads what a model wrote.
(() => {
  const KEYS = {
    j: "mmr-next", ArrowRight: "mmr-next", k: "mmr-previous", ArrowLeft: "mmr-previous",
    "]": "mmr-page-on", "[": "mmr-page-back",
  };
  const button = (id) => document.querySelector(`button#${id}, #${id} button`);
  const typing = (target) => {
    const field = target.closest && target.closest("input, textarea, select, [contenteditable='true']");
    return field && !["radio", "checkbox", "range"].includes(field.type);
  };
  const top = () => {
    const sample = document.getElementById("mmr-sample");
    if (sample && (sample.getBoundingClientRect().top < 0 || innerWidth < 900)) sample.scrollIntoView();
  };
  window.mmrTop = top;

  // The open sample stays in sight within the list; the page itself does not move.
  const follow = () => {
    const list = document.getElementById("mmr-table");
    const row = list && list.querySelector("tr.chosen");
    if (!row) return;
    const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    list.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  };
  window.mmrFollow = follow;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key.startsWith("Arrow") && event.target.type === "radio") return;
    const search = document.querySelector("#mmr-search textarea, #mmr-search input");
    if (event.key === "/" && search && search.offsetParent) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    const wanted = KEYS[event.key] && button(KEYS[event.key]);
    if (wanted && wanted.offsetParent) {
      event.preventDefault();
      wanted.click();
      top();
    }
  });

  const scheme = (dark) => document.body.classList.toggle("dark", dark);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#mmr-scheme")) return;
    const dark = !document.body.classList.contains("dark");
    scheme(dark);
    try { localStorage.setItem("mmr-scheme", dark ? "dark" : "light"); } catch { /* private window */ }
  });
  const kept = () => { try { return localStorage.getItem("mmr-scheme"); } catch { return null; } };
  const asked = new URLSearchParams(location.search).get("__theme");
  // Gradio chooses a scheme while it builds the page; what was chosen here comes after that.
  const built = new MutationObserver(() => {
    if (!document.getElementById("mmr-scheme")) return;
    built.disconnect();
    if (!asked && kept()) scheme(kept() === "dark");
  });
  built.observe(document.documentElement, { childList: true, subtree: true });
})();
