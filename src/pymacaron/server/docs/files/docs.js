// What the pages of /doc do in the browser: the theme, and Swagger UI with what is entered kept for this session only.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const stored = (key) => {
    try { return sessionStorage.getItem(key); } catch { return null; }
  };
  const store = (key, value) => {
    try { sessionStorage.setItem(key, value); } catch { /* a browser that keeps nothing */ }
  };

  // The theme: that of the system, unless chosen on the page
  const isDark = () => (stored("docs-theme") ?? (system.matches ? "dark" : "light")) === "dark";
  const paint = () => {
    root.classList.toggle("dark-mode", isDark());
    document.getElementById("theme")?.setAttribute("aria-pressed", String(isDark()));
  };
  paint();
  system.addEventListener("change", paint);

  // Credentials: kept until the tab is closed, each page's own
  const kept = `docs-authorized:${location.pathname}`;
  const session = () => {
    const keep = (original, system) => (...given) => {
      const result = original(...given);
      store(kept, JSON.stringify(system.authSelectors.authorized()));
      return result;
    };
    return { statePlugins: { auth: { wrapActions: { authorize: keep, authorizeOauth2: keep, logout: keep } } } };
  };
  const restore = (ui) => {
    const authorized = stored(kept);
    if (authorized) ui.authActions.restoreAuthorization({ authorized: JSON.parse(authorized) });
  };

  // A description is read from this service alone. Who enters a bare token where Swagger 2.0 knows only the header
  // Authorization means a bearer token.
  const outgoing = (request) => {
    if (request.loadSpec && new URL(request.url, location.href).origin !== location.origin) {
      throw new Error(`${request.url} is not of this service`);
    }
    const given = request.headers?.Authorization;
    if (given && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) request.headers.Authorization = `Bearer ${given}`;
    return request;
  };

  // What Swagger UI gives no name, or no way to by keyboard; done again for whatever it draws
  const label = (element) => {
    if (element.labels?.length || element.hasAttribute("aria-label")) return;
    const parameter = element.closest("tr[data-param-name]")?.dataset.paramName;
    element.setAttribute("aria-label", parameter ?? (element.matches("textarea") ? "Request body" : "Value"));
  };
  const mends = [
    ["#servers:not([aria-label])", (select) => select.setAttribute("aria-label", "Server")],
    [".opblock-body :is(input, select, textarea):not([aria-label])", label],
    [".close-modal:not([aria-label])", (button) => button.setAttribute("aria-label", "Close")],
    // Another name than the one that is read on it
    [".auth-btn-wrapper .authorize[aria-label]", (button) => button.removeAttribute("aria-label")],
    // A link in a button, which opens the operation and puts it into the address by itself
    [".opblock-summary-control a[href]", (link) => link.removeAttribute("href")],
    ["pre:is(.curl, .microlight):not([tabindex])", (box) => box.setAttribute("tabindex", "0")],
  ];
  const mend = () => {
    for (const [selector, change] of mends) document.querySelectorAll(selector).forEach(change);
  };

  const start = () => {
    paint();
    document.getElementById("theme").addEventListener("click", () => {
      store("docs-theme", isDark() ? "light" : "dark");
      paint();
    });
    if (!root.dataset.description) return;
    const area = document.getElementById("swagger-ui");
    new MutationObserver(mend).observe(area, { childList: true, subtree: true });
    const ui = SwaggerUIBundle({
      url: root.dataset.description,
      dom_id: "#swagger-ui",
      presets: [SwaggerUIBundle.presets.apis],
      plugins: [session],
      layout: "BaseLayout",
      deepLinking: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
      oauth2RedirectUrl: new URL("swagger-ui/oauth2-redirect.html", location.href).href,
      requestInterceptor: outgoing,
      onComplete: () => restore(ui),
    });
  };
  document.addEventListener("DOMContentLoaded", start);
})();
