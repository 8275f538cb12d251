// Opens pages of /doc in Chromium, one after the other, and says what is shown, as JSON: a list with an object for each.
//
// node pages.js CHROMIUM URL...
import { chromium } from "playwright-core";

const [executablePath, ...addresses] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const pages = [];
for (const address of addresses) {
  const seen = { address, elsewhere: [], complaints: [], title: "", operations: 0, errors: "" };
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  await context.route("**", (route) => {
    const url = new URL(route.request().url());
    if (url.hostname === "127.0.0.1") return route.continue();
    seen.elsewhere.push(url.href);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") seen.complaints.push(message.text());
  });
  await page.goto(address);
  await page.locator(".opblock").first().waitFor({ timeout: 60_000 });
  seen.title = await page.locator(".info .title").first().innerText();
  seen.operations = await page.locator(".opblock").count();
  const errors = page.locator(".errors-wrapper, .version-pragma__message");
  seen.errors = (await errors.count()) ? await errors.first().innerText() : "";
  pages.push(seen);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(pages));
