// Opens a page of /doc in Chromium as a person would, and says what was seen there, as JSON.
//
// node visit.js CHROMIUM URL TOKEN FOLDER: the page of the service that test_browser.py describes; FOLDER gets pictures.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, address, token, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const seen = { elsewhere: [], complaints: [], faults: {} };

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
page.setDefaultTimeout(20_000);
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
await faults("parameters");
await picture("parameters");

await page.getByRole("button", { name: "Dark" }).click();
await faults("dark");
await picture("dark");

// The token is there after a reload
await page.goto(`${address}#/orders/addOrder`);
await page.reload();
await add.getByRole("button", { name: "Try it out" }).click();
await execute("addOrder", '{"customer": "c1", "lines": [{"qty": 2}]}');
seen.again = await answer("addOrder", "201");
seen.isDark = await page.evaluate(() => document.documentElement.classList.contains("dark-mode"));
seen.stored = await page.evaluate(() => localStorage.length);
seen.violations = await page.evaluate(() => window.violations);

await page.emulateMedia({ colorScheme: "dark" });
await page.evaluate(() => sessionStorage.clear());
await page.goto(address);
seen.followsSystem = await page.evaluate(() => document.documentElement.classList.contains("dark-mode"));

await browser.close();
console.log(JSON.stringify(seen));
