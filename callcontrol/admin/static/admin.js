// What the pages do in the browser beyond htmx: clocks that tick, the age of the data, menus that close, the token.
(() => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRFToken"] = token;
  });

  // --- time: the server's clock, carried on by ours between two pulses
  const age = document.getElementById("age");
  const began = performance.now() / 1000;
  let server = { now: age ? Number(age.dataset.now) : Date.now() / 1000, age: age ? Number(age.dataset.age) : 0, at: began };
  const elapsed = () => performance.now() / 1000 - server.at;
  const pad = (n) => String(n).padStart(2, "0");
  const span = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
    return h ? `${h}:${pad(m)}:${pad(rest)}` : `${m}:${pad(rest)}`;
  };
  const tick = () => {
    const now = server.now + elapsed();
    for (const clock of document.querySelectorAll(".ticking[data-since]")) {
      const seconds = now - Number(clock.dataset.since);
      const words = span(seconds);
      if (clock.textContent !== words) clock.textContent = words;
      const target = Number(clock.dataset.target);
      clock.classList.toggle("late", target > 0 && seconds > target);
      clock.classList.toggle("near", target > 0 && seconds > target / 2 && seconds <= target);
    }
    for (const clock of document.querySelectorAll(".ticking[data-until]")) clock.textContent = span(Number(clock.dataset.until) - now);
    if (!age) return;
    const seconds = server.age + elapsed();
    const stale = seconds > Number(age.dataset.stale);
    const words = (stale ? age.dataset.staleWord : age.dataset.freshWord).replace("{age}", Math.round(seconds));
    if (age.textContent !== words) age.textContent = words;
    age.classList.toggle("is-stale", stale);
    document.body.classList.toggle("is-stale", stale);
    document.getElementById("stale").hidden = !stale;
  };
  document.addEventListener("pulse", (event) => {
    const pulse = JSON.parse(event.detail.data);
    server = { now: pulse.now, age: pulse.age_s, at: performance.now() / 1000 };
    const desk = document.getElementById("desk");
    if (desk) desk.hidden = pulse.desk_alive;
    tick();
  });
  document.addEventListener("signed-out", () => location.reload());
  document.addEventListener("htmx:after:swap", tick);
  setInterval(tick, 250);
  tick();

  // --- menus close when one clicks elsewhere, chooses, or presses Escape
  const shut = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("details.menu");
    shut(event.target.closest(".menu-item") ? null : menu);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) { shut(null); menu.querySelector("summary").focus(); }
  });

  // --- a notice that all went well leaves by itself; one of trouble stays
  setInterval(() => {
    for (const notice of document.querySelectorAll("#notices .alert-success")) {
      notice.dataset.seen = Number(notice.dataset.seen || 0) + 1;
      if (Number(notice.dataset.seen) > 6) notice.remove();
    }
  }, 1000);

  // --- the first field that needs correcting has the focus
  document.querySelector(".is-invalid")?.focus();

  // --- forms that ask before they are sent
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.ask;
    if (question && !confirm(question)) event.preventDefault();
  });
})();
