// Reads the site in Chromium, as wide as a phone and as a desk, and says what was seen, as JSON. Ends with 1 where
// something is wrong.
//
// node look.mjs CHROMIUM SITE FOLDER, in a folder that has playwright-core: FOLDER gets pictures, look-*.png; without it none.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";

const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");
const [executablePath, site, folder] = process.argv.slice(2);
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png" };
const WIDTHS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };
const PICTURED = { phone: ["tutorial.html", "benchmarks.html"], desk: ["index.html"] };

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://127.0.0.1").pathname));
  try {
    const body = await readFile(join(site, path));
    response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}`;

const index = await readFile(join(site, "index.html"), "utf8");
const pages = [...new Set([...index.matchAll(/class="toctree-l\d[^"]*"><a class="[^"]*" href="([^"#]+)"/g)].map((match) => match[1]))];
const seen = { pages: pages.length + 1, elsewhere: [], missing: [], complaints: [], wide: [], found: 0 };

const picture = async (page, name) => {
  const clip = { x: 0, y: 0, width: page.viewportSize().width, height: 640 };
  if (folder) await page.screenshot({ path: join(folder, `look-${name}.png`), clip });
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
for (const [name, viewport] of Object.entries(WIDTHS)) {
  const context = await browser.newContext({ viewport, colorScheme: "light", reducedMotion: "reduce", isMobile: name === "phone" });
  // What is not here is not asked for, and told
  await context.route("**", (route) => {
    const url = new URL(route.request().url());
    if (url.hostname === "127.0.0.1" || url.protocol === "data:") return route.continue();
    seen.elsewhere.push(url.href);
    return route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("response", (response) => response.status() === 200 || seen.missing.push(response.url()));
  for (const path of ["index.html", ...pages]) {
    await page.goto(`${address}/${path}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wider > 0) seen.wide.push(`${path} on a ${name}: by ${wider}`);
    if (PICTURED[name].includes(path)) await picture(page, `${path.replace(/\.html$/, "").replace(/.*\//, "")}-${name}`);
  }
  if (name === "phone") {
    await page.goto(`${address}/index.html`);
    await page.locator("label.nav-overlay-icon").first().click();
    await page.locator(".sidebar-drawer .sidebar-tree").waitFor({ state: "visible" });
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
    await picture(page, "menu-phone");
  } else {
    await page.goto(`${address}/index.html`);
    await page.locator("input.sidebar-search").fill("jwt_secret");
    await page.locator("input.sidebar-search").press("Enter");
    await page.locator("ul.search li a").first().waitFor();
    seen.found = await page.locator("ul.search li").count();
  }
  await context.close();
}
await browser.close();
server.close();
console.log(JSON.stringify(seen));
const wrong = [...seen.elsewhere, ...seen.missing, ...seen.complaints, ...seen.wide];
process.exitCode = wrong.length || !seen.found ? 1 : 0;
