// The auditor's pages at a node in Debian's Chromium: a journey in both languages, without scripts, before axe, at 320 pixels and on paper.
//
// auditor.mjs BASE TOKEN OUT: the edge's address, the auditor's token, a folder for screenshots. The ledger holds the case HS-1, answered,
// and the case =HS-4, refused. Prints what failed; ends with 1 if anything did.

import { createRequire } from "node:module";
import path from "node:path";

const modules = createRequire(path.join(process.env.LIENTHONG_TEST_NODE, "x.js"));
const { chromium } = modules("playwright-core");
const { AxeBuilder } = modules("@axe-core/playwright");

const [base, token, out] = process.argv.slice(2);
const failures = [];
const check = (holds, what) => {
    if (!holds) failures.push(what);
};
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const credentials = { username: "lan", password: token };

const WORDS = {
    vi: { lang: "vi", find: "Tra cứu", refused: "từ chối theo quy định", good: "đúng", case: "Hồ sơ", outcome: "Kết quả", back: "Về danh sách", other: "English" },
    en: { lang: "en", find: "Look up", refused: "refused by rule", good: "good", case: "Case", outcome: "Outcome", back: "Back to the list", other: "Tiếng Việt" },
};

// Nobody gets in without the token.
const turned = await (await browser.newContext()).request.get(`${base}/ledger`);
check(turned.status() === 401, `a stranger got ${turned.status()}`);

for (const words of Object.values(WORDS)) {
    const context = await browser.newContext({ httpCredentials: credentials, javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && failures.push(`${page.url()}: ${message.text()}`));
    await page.goto(`${base}/ledger?lang=${words.lang}`);
    check((await page.locator("html").getAttribute("lang")) === words.lang, `${words.lang}: the page says another language`);
    // What was refused, by the form.
    await page.getByLabel(words.outcome, { exact: true }).selectOption("refused");
    await page.getByRole("button", { name: words.find }).click();
    let rows = await page.locator("tbody tr").allInnerTexts();
    check(rows.length > 0 && rows.every((row) => row.includes(words.refused)), `${words.lang}: refused: ${rows}`);
    check(rows.some((row) => row.includes("=HS-4")), `${words.lang}: the refused case: ${rows}`);
    // One case, and its signatures.
    await page.goto(`${base}/ledger?lang=${words.lang}`);
    await page.getByLabel(words.case, { exact: true }).fill("HS-1");
    await page.getByRole("button", { name: words.find }).click();
    rows = await page.locator("tbody tr").allInnerTexts();
    check(rows.length === 1, `${words.lang}: one case has ${rows.length} rows`);
    await page.screenshot({ path: `${out}/auditor-${words.lang}.png`, fullPage: true });
    await page.locator("tbody a").first().click();
    const signatures = await page.locator("li").allInnerTexts();
    check(signatures.length === 2 && signatures.every((one) => one.endsWith(`: ${words.good}`)), `${words.lang}: ${signatures}`);
    await page.getByRole("link", { name: words.back }).click();
    check(new URL(page.url()).pathname === "/ledger", `${words.lang}: back leads to ${page.url()}`);
    await context.close();
    // With scripts of the test's own: accessibility, narrow screens, paper.
    const looked = await browser.newContext({ httpCredentials: credentials, bypassCSP: true });
    const seen = await looked.newPage();
    for (const where of [`/ledger?lang=${words.lang}`, `/ledger?lang=${words.lang}&case=HS-1`]) {
        await seen.goto(`${base}${where}`);
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
        const found = await new AxeBuilder({ page: seen }).setLegacyMode(true).withTags(tags).analyze();
        for (const one of found.violations) failures.push(`${where}: axe ${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
        await seen.setViewportSize({ width: 320, height: 800 });
        const wide = await seen.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= 320, `${where}: ${wide} pixels wide at 320`);
        await seen.emulateMedia({ media: "print" });
        check(!(await seen.locator("form").isVisible()), `${where}: the form is printed`);
        await seen.emulateMedia({ media: "screen" });
    }
    await looked.close();
}
await browser.close();
failures.forEach((what) => console.log(what));
process.exit(failures.length > 0 ? 1 : 0);
