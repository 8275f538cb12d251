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

  // Chromium's btoa() throws at what is not Latin-1, and Swagger UI then sends nothing; services read UTF-8 (RFC 7617)
  const latin = window.btoa.bind(window);
  window.btoa = (text) => latin(String.fromCharCode(...new TextEncoder().encode(text)));

  // The description as this page needs it. A proxy may serve it all below a prefix that the service knows nothing of.
  // What openIdConnectUrl names would be fetched as soon as the page is there: its token can be entered as well.
  const adapted = (description) => {
    const below = new URL(root.dataset.root, location.href).pathname.replace(/\/+$/, "");
    const { servers, basePath, components } = description;
    const made = { ...description };
    if (basePath) made.basePath = below + basePath;
    if (servers) made.servers = servers.map((server) => ({ ...server, url: below + server.url }));
    const schemes = Object.entries(components?.securitySchemes ?? {}).map(([name, scheme]) => {
      if (scheme?.type !== "openIdConnect") return [name, scheme];
      const told = `${scheme.description ?? ""}\n\nOpenID Connect: ${scheme.openIdConnectUrl}`;
      return [name, { type: "http", scheme: "bearer", description: told }];
    });
    if (schemes.length) made.components = { ...components, securitySchemes: Object.fromEntries(schemes) };
    return made;
  };
  const adapting = () => ({
    statePlugins: { spec: { wrapActions: { updateJsonSpec: (original) => (description) => original(adapted(description)) } } },
  });

  // Scripts may not send the header Cookie. What is meant for it becomes a cookie while that request is on its way, at
  // the path of the request alone: one of the same name that the browser has for the whole service stays what it is.
  const setCookies = (request, age) => {
    const { origin, pathname } = new URL(request.url, location.href);
    if (origin !== location.origin) return;
    for (const pair of (request.headers?.Cookie ?? "").split("; ").filter(Boolean)) {
      document.cookie = `${pair}; path=${pathname}; max-age=${age}; samesite=strict`;
    }
  };
  const sent = new Map();
  const incoming = (response) => {
    const request = sent.get(response.url);
    if (request) setCookies(request, 0);
    sent.delete(response.url);
    return response;
  };

  // A description is read from this service alone. Who enters a bare token where Swagger 2.0 knows only the header
  // Authorization means a bearer token.
  const outgoing = (request) => {
    if (request.loadSpec && new URL(request.url, location.href).origin !== location.origin) {
      throw new Error(`${request.url} is not of this service`);
    }
    if (request.headers?.Cookie) {
      setCookies(request, 60);
      sent.set(new URL(request.url, location.href).href, request);
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
  // An image that was answered, as the policy lets it be shown
  const embed = async (image) => {
    const address = image.src;
    image.removeAttribute("src");
    const reader = new FileReader();
    reader.addEventListener("load", () => image.setAttribute("src", reader.result));
    reader.readAsDataURL(await (await fetch(address)).blob());
    if (!image.alt) image.alt = "The image that was answered";
  };
  const mends = [
    ["#servers:not([aria-label])", (select) => select.setAttribute("aria-label", "Server")],
    [".opblock-body :is(input, select, textarea):not([aria-label])", label],
    [".close-modal:not([aria-label])", (button) => button.setAttribute("aria-label", "Close")],
    // Another name than the one that is read on it
    [".auth-btn-wrapper .authorize[aria-label]", (button) => button.removeAttribute("aria-label")],
    // A link in a button, which opens the operation and puts it into the address by itself
    [".opblock-summary-control a[href]", (link) => link.removeAttribute("href")],
    [".renderedMarkdown img:not([alt])", (image) => image.setAttribute("alt", "")],
    ['.response-col_description img[src^="blob:"]', embed],
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
      plugins: [session, adapting],
      layout: "BaseLayout",
      deepLinking: true,
      // Hundreds of operations take minutes to draw: they are there when their tag is opened
      docExpansion: Number(root.dataset.operations) > 200 ? "none" : "list",
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
      oauth2RedirectUrl: new URL("swagger-ui/oauth2-redirect.html", location.href).href,
      requestInterceptor: outgoing,
      responseInterceptor: incoming,
      onComplete: () => restore(ui),
    });
  };
  document.addEventListener("DOMContentLoaded", start);
})();
