// Keeps lists of alarms as they are now, says aloud what is new, and fills in demo accounts.
(() => {
  const link = document.getElementById("live");
  const title = document.title;
  const pending = new Map();
  let settling = 0;

  const show = (state, words) => {
    link.className = `link ${state}`;
    link.textContent = words;
    link.title = words;
  };

  const count = () => {
    const waiting = document.querySelector("[data-waiting]")?.dataset.waiting;
    document.title = waiting && waiting !== "0" ? `(${waiting}) ${title}` : title;
  };

  const announce = (text) => {
    document.getElementById("announce").textContent = text;
  };

  const settle = () => {
    clearTimeout(settling);
    settling = setTimeout(() => document.body.dispatchEvent(new CustomEvent("nightwatt:settled")), 1500);
  };

  const place = (card, feed) => {
    const known = document.getElementById(card.id);
    if (known) {
      known.replaceWith(card);
    } else if (feed) {
      feed.querySelector(".empty")?.remove();
      feed.prepend(card);
      while (feed.children.length > Number(feed.dataset.feed)) feed.lastElementChild.remove();
    } else {
      const fresh = document.querySelector("[data-fresh]");
      if (fresh) fresh.hidden = false;
      return;
    }
    htmx.process(card);
  };

  const refresh = async (change) => {
    const feed = document.querySelector("[data-feed]");
    if (!feed && !document.getElementById(`alarm-${change.alarm}`) && !document.querySelector("[data-fresh]")) return;
    const answer = await fetch(`/alarms/${change.alarm}/card`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const card = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-alarm]");
    if (!card) return;
    card.classList.add("arrived");
    place(card, feed);
    if (change.state === "active") announce(card.dataset.announce);
  };

  // Many changes of one alarm in a moment are one look at it.
  const changed = (change) => {
    if (change.ticket) return; // work for the maintainer, which has a page of its own
    clearTimeout(pending.get(change.alarm));
    pending.set(change.alarm, setTimeout(() => {
      pending.delete(change.alarm);
      refresh(change).catch(() => {});
    }, 250));
    settle();
  };

  const listen = () => {
    const source = new EventSource("/api/v1/events");
    source.onopen = () => show("on", document.body.dataset.live);
    source.onerror = () => {
      show("lost", document.body.dataset.lost);
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 10000);
    };
    source.addEventListener("transition", (event) => changed(JSON.parse(event.data)));
    addEventListener("pagehide", () => source.close(), { once: true });
  };

  document.addEventListener("click", (event) => {
    const account = event.target.closest("[data-username]");
    if (account) {
      document.querySelector("[name=username]").value = account.dataset.username;
      document.querySelector("[name=password]").value = account.dataset.password;
      document.querySelector("form.panel button").focus();
    }
    const menu = document.querySelector("details.who[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
  const trouble = () => {
    const box = document.getElementById("trouble");
    box.hidden = false;
    setTimeout(() => { box.hidden = true; }, 6000);
  };

  document.addEventListener("htmx:afterSettle", count);
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failed, (event) => {
      if (event.detail.requestConfig?.verb === "post") trouble();
    });
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig.verb === "post") settle();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted && link) listen();
  });
  count();
  if (link) listen();
})();
