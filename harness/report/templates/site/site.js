// Search, and what opens and closes the tree. Without this script everything else on the pages works.
"use strict";
(function () {
  const HITS_MAX = 60;
  const form = document.getElementById("zoeken");
  const input = document.getElementById("zoek");
  const box = document.getElementById("gevonden");
  const told = document.getElementById("aantal");
  const list = document.getElementById("treffers");

  // Capitals and accents do not matter to who searches.
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  // A page from disk may fetch no file, so the index is a script that is added when somebody searches.
  let entries = null;
  let waiting = false;
  function load() {
    if (entries || waiting) return;
    waiting = true;
    const script = document.createElement("script");
    script.src = "zoekindex.js";
    script.onload = () => {
      entries = ketenproefIndex.dingen.map(([sort, name, text, href]) => ({
        sort, name, text, href, title: plain(name), all: plain(name + " " + text),
      }));
      show();
    };
    script.onerror = () => {
      waiting = false;
      box.hidden = false;
      told.textContent = "De zoekindex (zoekindex.js) is niet te lezen.";
    };
    document.head.append(script);
  }

  function score(entry, words) {
    let points = 0;
    for (const word of words) {
      if (!entry.all.includes(word)) return 0;
      if (entry.title === word) points += 100;
      else if (entry.title.startsWith(word)) points += 40;
      else if (entry.title.includes(word)) points += 15;
      else points += 1;
    }
    return points;
  }

  // Text with what was searched for marked; set as text, never as markup.
  function marked(text, words) {
    const line = document.createElement("span");
    const low = plain(text);
    if (low.length !== text.length) {
      line.textContent = text;
      return line;
    }
    let at = 0;
    while (at < text.length) {
      let next = text.length;
      let length = 0;
      for (const word of words) {
        const place = low.indexOf(word, at);
        if (place >= 0 && (place < next || (place === next && word.length > length))) {
          next = place;
          length = word.length;
        }
      }
      line.append(text.slice(at, next));
      if (length) {
        const mark = document.createElement("mark");
        mark.textContent = text.slice(next, next + length);
        line.append(mark);
      }
      at = next + length;
    }
    return line;
  }

  function show() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    list.replaceChildren();
    box.hidden = words.length === 0;
    if (words.length === 0 || !entries) {
      told.textContent = entries ? "" : "De zoekindex wordt gelezen.";
      return;
    }
    const found = [];
    entries.forEach((entry, order) => {
      const points = score(entry, words);
      if (points) found.push({ entry, points, order });
    });
    found.sort((one, other) => other.points - one.points || one.entry.sort - other.entry.sort || one.order - other.order);
    for (const { entry } of found.slice(0, HITS_MAX)) {
      const link = document.createElement("a");
      link.href = entry.href;
      const sort = document.createElement("span");
      sort.className = "sort";
      sort.textContent = ketenproefIndex.soorten[entry.sort];
      const name = document.createElement("b");
      name.append(marked(entry.name, words));
      link.append(sort, name);
      if (entry.text) {
        const text = marked(entry.text, words);
        text.className = "of";
        link.append(text);
      }
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    const count = found.length;
    told.textContent = count === 0 ? "Niets gevonden."
      : count > HITS_MAX ? count + " gevonden, de eerste " + HITS_MAX + " staan hier."
      : count + " gevonden.";
  }

  function close() {
    box.hidden = true;
  }

  function step(way) {
    const links = [...list.querySelectorAll("a")];
    if (box.hidden || links.length === 0) return;
    const now = links.indexOf(document.activeElement);
    const next = now + way;
    if (next < 0) input.focus();
    else links[Math.min(next, links.length - 1)].focus();
  }

  if (form) {
    form.hidden = false;
    input.addEventListener("focus", () => { load(); if (input.value) show(); });
    input.addEventListener("input", () => { load(); show(); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = list.querySelector("a");
      if (!box.hidden && first) first.click();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") step(1);
      else if (event.key === "ArrowUp") step(-1);
      else if (event.key === "Escape") { close(); input.focus(); }
      else return;
      event.preventDefault();
    });
    // A hit on this page moves within it; the hits have done their work then.
    list.addEventListener("click", close);
    document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
    });
    document.addEventListener("keydown", (event) => {
      const within = event.target instanceof Element && event.target.closest("input, textarea, select");
      if (event.key === "/" && !within && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        input.focus();
        input.select();
      }
    });
  }

  // What a link leads to is opened, with all that it stands in; our anchors need no decoding.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at instanceof HTMLDetailsElement) at.open = true;
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  for (const buttons of document.querySelectorAll(".buttons")) {
    buttons.hidden = false;
    buttons.addEventListener("click", (event) => {
      const wanted = event.target.dataset.open;
      if (!wanted) return;
      for (const details of document.querySelectorAll(".tree details")) {
        details.open = wanted === "yes" || details.parentElement.parentElement.classList.contains("tree");
      }
    });
  }
})();
