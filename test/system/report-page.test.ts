import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { executable } from "../../cli/executable";
import type { Report } from "../../report/model";
import { page as html } from "../../report/page";
import { root } from "../support/project";
import { recorded } from "../support/reports";

/** report.html as people see it, in Chromium. */
describe("report.html in a browser", () => {
  const axe = readFileSync(createRequire(join(root, "package.json")).resolve("axe-core/axe.min.js"), "utf8");
  let browser: Browser;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cronium-page-"));
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : []; // Chromium has no sandbox for root
    browser = await chromium.launch({ executablePath: findChromium(), args });
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a report with all that is folded away; what the console says of errors is in `errors`. */
  async function open(report: Report, look: { width?: number; colorScheme?: "light" | "dark" } = {}) {
    const { width = 1280, colorScheme = "light" } = look;
    const file = join(folder, "report.html");
    writeFileSync(file, html(report));
    // axe is a script, which the page's own policy keeps out.
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("request", (request) => request.url().startsWith("file:") || errors.push(request.url()));
    await page.goto(`file://${file}`);
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
    return { page, errors };
  }

  const measured = (sizeBytes: number, ...packages: [string, number][]) => ({
    sizeBytes,
    layers: [
      { digest: "sha256:a", sizeBytes: 9 },
      { digest: `sha256:${sizeBytes}`, sizeBytes: sizeBytes - 9 },
    ],
    packages: packages.map(([name, size]) => ({ type: "deb", name, version: "1", sizeBytes: size })),
  });

  /** One with something in each part. */
  function full(): Report {
    const report = recorded("violated-preview");
    const [app] = report.images;
    Object.assign(app as object, {
      op: "update",
      before: measured(100, ["libc6", 60]),
      after: measured(140, ["libc6", 60], ["curl", 40]),
      packages: [{ kind: "added", type: "deb", name: "curl", after: "1" }],
    });
    report.changes.push(...recorded("replace-preview").changes);
    report.problems = recorded("failed-preview").problems;
    report.timings = recorded("image-up").timings;
    report.verification = [
      {
        image: "app",
        passed: 60,
        notApplicable: 1,
        failed: [{ check: "c", proves: "p", source: "s", evidence: ["e"] }],
      },
    ];
    return report;
  }

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [400, 1280, 1920]) {
      it(`${colorScheme}, ${width} pixels wide: no error, nothing that axe finds, nothing cut off`, async () => {
        const { page, errors } = await open(full(), { width, colorScheme });
        await page.evaluate(axe);
        const found = (await page.evaluate(
          "axe.run().then(({ violations }) => violations.map(({ id, impact }) => [id, impact]))",
        )) as unknown;
        assert.deepEqual(found, []);
        assert.deepEqual(errors, []);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        await page.close();
      });
    }
  }

  it("filters take changes away and bring them back, by keyboard", async () => {
    const { page } = await open(full());
    const shown = () => page.locator(".change.replace:visible").count();
    const all = await shown();
    assert.ok(all > 1);
    await page.locator("#show-replace").focus();
    await page.keyboard.press("Space");
    assert.equal(await shown(), 0);
    assert.ok((await page.locator(".change.delete:visible").count()) > 0);
    await page.keyboard.press("Space");
    assert.equal(await shown(), all);
    await page.close();
  });

  it("the first tab stop skips to the report", async () => {
    const { page } = await open(full());
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "main");
    await page.close();
  });

  it("pictures have a name and show each layer and package at its size", async () => {
    const { page } = await open(full());
    const width = (selector: string) => page.locator(selector).evaluate((one) => one.getBoundingClientRect().width);
    assert.equal(await page.getByRole("img", { name: "Sizes by layer, before and after" }).count(), 1);
    assert.equal(await page.getByRole("img", { name: "Largest packages of app, before and after" }).count(), 1);
    const [gone, come] = [
      await width("svg[aria-labelledby^=size] rect.gone"),
      await width("svg[aria-labelledby^=size] rect.new"),
    ];
    assert.ok(Math.abs(come / gone - 131 / 91) < 0.05, `${come} to ${gone}`);
    await page.close();
  });

  it("prints what is folded away on the screen", async () => {
    const { page } = await open(full());
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = false');
    await page.emulateMedia({ media: "print" });
    assert.ok(await isShown(page, ".change.replace pre"));
    assert.ok(!(await isShown(page, "nav")));
    await page.close();
  });
});

async function isShown(page: Page, selector: string): Promise<boolean> {
  return page
    .locator(selector)
    .first()
    .evaluate((one) => one.checkVisibility({ contentVisibilityAuto: true }));
}

/** @throws Error that says how to get one */
function findChromium(): string {
  const find = () => ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => executable(name) ?? [])[0];
  if (!find() && process.getuid?.() === 0 && executable("apt-get")) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    execFileSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], { env, stdio: "ignore" });
  }
  const found = find();
  if (!found) throw new Error("no Chromium is installed: apt-get install chromium");
  return found;
}
