// Every page of the dashboard on the demo estate: it shows what is there, without an error in the console.
import { expect, type Page, test } from "@playwright/test";

const PAGES: [string, string, RegExp][] = [
  ["Overview", "Overview", /AI systems/],
  ["AI systems", "AI systems", /resume-screener/],
  ["Fix queue", "Fix queue", /Revoke the key at the vendor/],
  ["Findings", "Findings", /AI service key stands in a file/],
  ["Attack paths", "Attack paths", /Whoever finds a leaked key/],
  ["Inventory", "Inventory", /gpt-4o/],
  ["Drift", "Drift", /drift needs two|Nothing changed|New /],
  ["Coverage", "Coverage", /Checks passed/],
  ["Watching", "Watching", /acme-ai/],
];

async function signIn(page: Page): Promise<string[]> {
  const errors: string[] = [];
  page.on("console", (m) => m.type() === "error" && errors.push(`${page.url()}: ${m.text()}`));
  page.on("pageerror", (e) => errors.push(`${page.url()}: ${e}`));
  await page.goto("/");
  await page.getByLabel("Password").fill(process.env.AISPM_PASSWORD ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  return errors;
}

test("every page shows the estate and no error", async ({ page }) => {
  const errors = await signIn(page);
  for (const [link, heading, shows] of PAGES) {
    await page.getByRole("navigation").getByRole("link", { name: link, exact: true }).click();
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
    await expect(page.getByText(shows).first()).toBeVisible();
  }
  for (const list of ["/findings", "/paths", "/inventory", "/systems"]) {
    await page.goto(list);
    await page.locator("main .cards a b, main tbody a").first().click();
    await expect(page).toHaveURL(new RegExp(`${list}/.+`));
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  expect(errors).toEqual([]);
});

test("filters narrow a list and can be linked to", async ({ page }) => {
  await signIn(page);
  await page.goto("/findings?severity=critical");
  const cards = page.locator(".cards > li");
  await expect(cards.first()).toBeVisible();
  const marks = await page.locator(".cards .mark").allTextContents();
  expect(marks.length).toBeGreaterThan(0);
  expect(new Set(marks)).toEqual(new Set(["critical"]));
});

test("a system is registered and its entry stays", async ({ page }) => {
  const errors = await signIn(page);
  await page.goto("/systems");
  await page.getByRole("link", { name: "resume-screener", exact: true }).click();
  await page.getByLabel("Owner").fill("people-team");
  await page.getByLabel("Purpose").fill("<img src=x onerror=alert(1)> sorts applications");
  await page.getByRole("button", { name: /Register|Save/ }).click();
  await expect(page.getByText(/Written by .*admin/)).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Purpose")).toHaveValue("<img src=x onerror=alert(1)> sorts applications");
  await expect(page.locator("main img")).toHaveCount(0);
  expect(errors).toEqual([]);
});

test("a stranger sees nothing but the door", async ({ page }) => {
  await page.goto("/findings");
  await expect(page.getByRole("heading", { name: /Sign in/ })).toBeVisible();
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
});
