// Opens a page of /doc in Chromium as a person would, and says what was seen there, as JSON.
//
// node visit.js CHROMIUM URL TOKEN FOLDER PORT: the page of the service that test_browser.py describes; FOLDER gets
// pictures, and at PORT is the server where OAuth2 gets TOKEN.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, address, token, folder, port] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const seen = { elsewhere: [], complaints: [], faults: {}, fetched: [] };

const authorization = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Access-Control-Allow-Headers", "*, Authorization");
  if (request.method === "OPTIONS") return response.end();
  seen.fetched.push(`${request.method} ${url.pathname}`);
  if (url.pathname === "/token") {
    response.setHeader("Content-Type", "application/json");
    return response.end(JSON.stringify({ access_token: token, token_type: "bearer" }));
  }
  const state = encodeURIComponent(url.searchParams.get("state"));
  response.writeHead(302, { Location: `${url.searchParams.get("redirect_uri")}?code=c1&state=${state}` });
  return response.end();
});
await new Promise((ready) => authorization.listen(Number(port), "127.0.0.1", ready));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, colorScheme: "light" });
// What is not here is not asked for, and told
await context.route("**", (route) => {
  const url = new URL(route.request().url());
  if (url.hostname === "127.0.0.1") return route.continue();
  seen.elsewhere.push(url.href);
  return route.abort();
});
await context.addInitScript(() => {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
});
const page = await context.newPage();
page.setDefaultTimeout(60_000);
page.on("pageerror", (error) => seen.complaints.push(String(error)));
page.on("console", (message) => {
  // Chromium says of every reply of 400 and above that it failed to load: those are what is tried out here
  const tried = /the server responded with a status of 4\d\d/.test(message.text());
  if (["error", "warning"].includes(message.type()) && !tried) seen.complaints.push(message.text());
});

const faults = async (name) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  seen.faults[name] = found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`));
};
const picture = (name) => page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
const operation = (id) => page.locator(`[id="operations-orders-${id}"]`);
const execute = async (id, body) => {
  await operation(id).locator("textarea.body-param__text").fill(body);
  await operation(id).getByRole("button", { name: "Execute" }).click();
};
const answer = async (id, status) => {
  const live = operation(id).locator(".live-responses-table .response");
  await live.locator(".response-col_status", { hasText: status }).waitFor();
  return live.locator(".response-col_description").innerText();
};

await page.goto(address.replace(/\/[^/]*$/, ""));
seen.index = await page.locator("main").innerText();
await faults("index");
await picture("index");
await page.getByRole("link", { name: "Shop" }).click();
await operation("addOrder").waitFor();
await faults("closed");
await picture("closed");

// A link to one operation opens it
await page.goto(`${address}#/orders/addOrder`);
await page.reload();
const add = operation("addOrder");
await add.getByRole("button", { name: "Try it out" }).click();
seen.statuses = await add.locator(".responses-table:not(.live-responses-table) .response-col_status").allInnerTexts();

await execute("addOrder", '{"lines": []}');
seen.unauthorized = await answer("addOrder", "401");

await page.getByRole("button", { name: "Authorize", exact: true }).first().click();
await faults("authorizing");
await picture("authorizing");
await page.locator(".modal-ux input").first().fill(token);
await page.locator(".modal-ux").getByRole("button", { name: /Apply|Authorize/ }).first().click();
await page.locator(".modal-ux").getByRole("button", { name: "Close", exact: true }).first().click();

await execute("addOrder", '{"lines": [{"qty": 0}]}');
seen.refused = await answer("addOrder", "400");
await faults("refused");
await picture("refused");
await execute("addOrder", '{"customer": "c1", "lines": [{"qty": 2}]}');
seen.added = await answer("addOrder", "201");

// An operation with parameters, opened by its own button
await operation("listOrders").locator(".opblock-summary-control").click();
await operation("listOrders").getByRole("button", { name: "Try it out" }).click();
seen.opened = await page.evaluate(() => location.hash);
await operation("listOrders").locator("tr[data-param-name=limit] input").waitFor();
await page.locator("section.models .models-control").click();
await page.locator(".json-schema-2020-12-expand-deep-button").first().waitFor();
await faults("parameters");
await picture("parameters");

await page.getByRole("button", { name: "Dark" }).click();
await faults("dark");
await picture("dark");

// A user and a password, and two cookies
const open = () => page.getByRole("button", { name: "Authorize", exact: true }).first().click();
const scheme = (name) => page.locator(".auth-container", { has: page.locator("h4", { hasText: name }) });
const apply = (name) => scheme(name).getByRole("button", { name: /Apply|Authorize/ }).click();
const tryOut = async (id) => {
  await page.goto(`${address}#/orders/${id}`);
  await page.reload();
  await operation(id).getByRole("button", { name: "Try it out" }).click();
  await operation(id).getByRole("button", { name: "Execute" }).click();
  return answer(id, "200");
};
await open();
seen.schemes = (await page.locator(".auth-container h4").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
await scheme("basic").locator("input").nth(0).fill("ü");
await scheme("basic").locator("input").nth(1).fill("☕");
await apply("basic");
await scheme("session").locator("input").fill("s1");
await apply("session");
await page.locator(".close-modal").click();
seen.mine = await tryOut("myOrders");
seen.cookies = await page.evaluate(() => document.cookie);
await faults("headers");
await tryOut("picture");
const shown = operation("picture").locator('.live-responses-table img[src^="data:"]');
await shown.waitFor();
seen.picture = await shown.evaluate((image) => image.naturalWidth);

// The token is there after a reload
await page.goto(`${address}#/orders/addOrder`);
await page.reload();
await add.getByRole("button", { name: "Try it out" }).click();
await execute("addOrder", '{"customer": "c1", "lines": [{"qty": 2}]}');
seen.again = await answer("addOrder", "201");
seen.isDark = await page.evaluate(() => document.documentElement.classList.contains("dark-mode"));
seen.stored = await page.evaluate(() => localStorage.length);
seen.violations = await page.evaluate(() => window.violations);
seen.ran = await page.evaluate(() => window.ran ?? null);

await page.emulateMedia({ colorScheme: "dark" });
await page.evaluate(() => sessionStorage.clear());
await page.goto(address);
seen.followsSystem = await page.evaluate(() => document.documentElement.classList.contains("dark-mode"));

// Below a prefix, with a token that OAuth2 fetches
await page.goto(address.replace("/doc/", "/prefix/doc/"));
await open();
await scheme("oauth").locator("input[id^=client_id]").fill("shop");
const [popup] = await Promise.all([context.waitForEvent("page"), apply("oauth")]);
if (!popup.isClosed()) await popup.waitForEvent("close");
await scheme("oauth").getByRole("button", { name: "Logout" }).waitFor();
await page.locator(".close-modal").click();
await page.goto(`${page.url()}#/orders/addOrder`);
await page.reload();
await add.getByRole("button", { name: "Try it out" }).click();
await execute("addOrder", '{"customer": "c1", "lines": [{"qty": 2}]}');
seen.below = await answer("addOrder", "201");
seen.called = (await add.locator(".request-url pre").innerText()).trim();

// On a telephone
const width = () => page.evaluate(() => document.documentElement.scrollWidth);
await page.setViewportSize({ width: 320, height: 800 });
seen.widths = [await width()];
await faults("narrow");
await picture("narrow");
await page.goto(address.replace(/\/[^/]*$/, ""));
seen.widths.push(await width());
await page.getByRole("link", { name: "Errors" }).click();
await page.getByRole("heading", { name: "Errors" }).waitFor();
seen.widths.push(await width());
await page.locator("tr", { hasText: "UNSUPPORTED_MEDIA_TYPE" }).locator("summary").click();
seen.errors = await page.locator("main").innerText();
await faults("errors");
await picture("errors");

await browser.close();
authorization.close();
console.log(JSON.stringify(seen));
