// The shells of a node in Debian's Chromium: every page in both languages before axe, on a phone and on a desk, with a script and without;
// a case begun with the keyboard alone; a mistake that is led to.
//
// shell.mjs ASKED OUT: addresses and pages as JSON, a folder for screenshots. Prints what failed; ends with 1 if anything did.

import { createRequire } from "node:module";
import path from "node:path";

const modules = createRequire(path.join(process.env.LIENTHONG_TEST_NODE, "x.js"));
const { chromium } = modules("playwright-core");
const { AxeBuilder } = modules("@axe-core/playwright");

const [asked, out] = [JSON.parse(process.argv[2]), process.argv[3]];
const failures = [];
const check = (holds, what) => {
    if (!holds) failures.push(what);
};
const WEIGHT_MAX = 150 * 1024;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const named = (address) => address.replace(/[^a-z0-9-]+/gi, "_").replace(/^_$/, "root");

const look = async ({ base, who }, address, lang) => {
    const at = `${address} ${lang}`;
    const phone = who === "citizen";
    const seen = await browser.newContext({ viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 900 }, hasTouch: phone });
    const page = await seen.newPage();
    let weight = 0;
    page.on("console", (message) => {
        if (message.type() === "error" && !message.text().includes("status of 4")) failures.push(`${at}: ${message.text()}`);
    });
    page.on("pageerror", (error) => failures.push(`${at}: ${error}`));
    const bodies = [];
    page.on("response", (response) => bodies.push(response.body().catch(() => "")));
    await page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${lang}`, { waitUntil: "load" });
    weight = (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);
    check(weight <= WEIGHT_MAX, `${at}: weighs ${weight} bytes`);
    const found = await new AxeBuilder({ page }).setLegacyMode(true).withTags(TAGS).analyze();
    for (const one of found.violations) failures.push(`${at}: axe ${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
    await page.screenshot({ path: path.join(out, `${who}-${named(address)}-${lang}.png`), fullPage: true });
    for (const width of phone ? [390, 320] : [320]) {
        await page.setViewportSize({ width, height: 800 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        check(wide <= width, `${at}: ${wide} pixels wide at ${width}`);
    }
    await seen.close();
};
for (const one of asked) {
    for (const address of one.paths) {
        for (const lang of ["vi", "en"]) await look(one, address, lang).catch((error) => failures.push(`${address} ${lang}: ${String(error).slice(0, 300)}`));
    }
}

// By keyboard alone, without a script: a case is begun, one question a page, and a mistake is led to.
const [citizen] = asked;
const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
const page = await plain.newPage();
page.setDefaultTimeout(15000);
const typed = async (text) => {
    await page.focus("[name=answer]");
    await page.keyboard.type(text);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
};
try {
    await page.goto(`${citizen.base}/thu-tuc/1.001193/bat-dau`);
    await typed("Nguyễn Thị Con");
    await typed("31/2/2026");
    check((await page.getAttribute("[name=answer]", "aria-invalid")) === "true", "a day that is none is not marked");
    check(await page.isVisible(".problem a[href='#o-answer']"), "nothing leads to the mistake");
    await page.screenshot({ path: path.join(out, "citizen-mistake.png"), fullPage: true });
    await page.fill("[name=answer]", "");
    await typed("3/11/2026");
    await page.click("button[value=next]");
    await page.waitForSelector("button[value=open]");
    await page.screenshot({ path: path.join(out, "citizen-check.png"), fullPage: true });
    check((await page.innerText("main")).includes("03/11/2026"), "what was answered is not shown before it is sent");
    check(!page.url().includes("?"), "something that was said stands in the address");
} catch (error) {
    failures.push(`by keyboard: ${String(error).slice(0, 400)}`);
}
await plain.close();
await browser.close();
failures.forEach((one) => console.log(one));
process.exit(failures.length ? 1 : 0);
