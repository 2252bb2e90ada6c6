// The operator's way: a node is killed, the first page tells of it, somebody takes it in hand, says what is done, and maintenance is announced.

import { execFileSync } from "node:child_process";

/// Ends one of the nation's nodes as a power cut would. Its process names its folder.
export const kill = (state, node) => {
    const pids = execFileSync("pgrep", ["-f", `node run --dir ${state}/.*${node}`], { encoding: "utf8" }).trim().split("\n");
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
};

/// Walks in `lang`; `subject` is the node that was killed.
export const operator = async (page, { base, lang, subject, check, done, shot, accessible, narrow }) => {
    const go = (address) => page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${lang}`);
    // Within some heartbeats the first page names it.
    let live = [];
    for (const begun = Date.now(); Date.now() - begun < 90000 && !live.length; await page.waitForTimeout(500)) {
        live = (await (await page.request.get(`${base}/su-co?live=true&format=json`)).json()).items.filter((one) => one.subject === subject);
    }
    check(live.length === 1, `the killed node has ${live.length} incidents`);
    if (!live.length) return;
    await go("/");
    check((await page.innerText("main")).includes(live[0].id), "the first page does not tell of the incident");
    await page.click(`main a[href^='/su-co/${live[0].id}']`);
    // The address chooses the language of one page; the button in the head that of all.
    await go(new URL(page.url()).pathname);
    check((await page.getAttribute("html", "lang")) === lang, `the incident in another language than ${lang}`);
    check((await page.innerText("main")).includes(subject.split("/").slice(2).join("/")), "the incident does not name the node");
    await accessible(page, `an incident ${lang}`);
    await shot(page, `operator-${lang}`);
    // The second to come finds it in somebody's hands, and comments.
    await page.fill("main form.act textarea[name=reason]", "<b>đang xem nguồn điện</b>");
    await page.click((await page.isVisible("button[value=take]")) ? "button[value=take]" : "button[value=comment]");
    await done(page, "taking an incident in hand");
    check((await page.innerText("main")).includes("<b>đang xem nguồn điện</b>"), "what was said in an incident is not shown as it was said");
    // Maintenance of it: a time that ends before it begins is told, then announced and withdrawn.
    await go("/su-co");
    const form = "form.act[action='/bao-tri']";
    await page.fill(`${form} input[name=node]`, subject);
    const at = (hours) => new Date(Date.now() + hours * 3600000 + 7 * 3600000).toISOString().slice(0, 16);
    await page.fill(`${form} input[name=from]`, at(49));
    await page.fill(`${form} input[name=to]`, at(48));
    await page.fill(`${form} textarea[name=reason]`, "thay nguồn điện");
    await page.click(`${form} button:not(.hidden)`);
    check(await page.isVisible(".problem"), "maintenance that ends before it begins is taken");
    check((await page.inputValue(`${form} textarea[name=reason]`)) === "thay nguồn điện", "what was typed of a maintenance is lost");
    await page.fill(`${form} input[name=to]`, at(51));
    await page.click(`${form} button:not(.hidden)`);
    await done(page, "announcing maintenance");
    check((await page.innerText("#bao-tri")).includes("thay nguồn điện"), "announced maintenance is not shown");
    await narrow(page, `incidents ${lang}`);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.click("#bao-tri details summary");
    await page.fill("#bao-tri details[open] input[name=reason]", "dời ngày");
    await page.click("#bao-tri details[open] button:not(.hidden)");
    await done(page, "withdrawing maintenance");
};
