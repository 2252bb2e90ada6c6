// The one-stop offices of the demo nation in Debian's Chromium, by the play identity provider: a mother on a phone registers a birth while a
// register is away, and corrects a line; an officer decides for it and grants the case; a parent who has shown too little of who they are
// enrols a child; a guardian, a company's representative and the holder of a mandate prove by a paper, which an officer reads first, what no register has. Each page before axe, in both languages.
//
// offices.mjs DAY OUT PROGRAM STATE: the day as JSON, a folder for screenshots, the program, the nation's folder. Ends with 1 if anything failed.

import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const modules = createRequire(path.join(process.env.LIENTHONG_TEST_NODE, "x.js"));
const { chromium } = modules("playwright-core");
const { AxeBuilder } = modules("@axe-core/playwright");

const [day, out, program, state] = [JSON.parse(fs.readFileSync(process.argv[2], "utf8")), ...process.argv.slice(3)];
const failures = [];
const check = (holds, what) => {
    if (!holds) failures.push(what);
};
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const CIVIL_STATUS = path.join(state, "nodes", "G15.nut-1");

const [commune, province] = day.offices.map((office) => office.url.replace(/\/$/, ""));
const [mother, , parent] = day.visitors.citizens;
const [company, guardian, mandated] = day.visitors.citizens.slice(-3);
const [officer, , officerOfProvince] = day.visitors.officers;

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// A page of somebody's own browser, in their language.
const open = async (base, lang, viewport) => {
    const context = await browser.newContext({ viewport, hasTouch: viewport === PHONE, ignoreHTTPSErrors: true, locale: lang === "en" ? "en-GB" : "vi-VN" });
    const page = await context.newPage();
    page.setDefaultTimeout(20000);
    page.on("pageerror", (error) => failures.push(String(error)));
    await page.goto(`${base}/`);
    if (lang === "en") await page.click("form.language button");
    await page.waitForSelector(`html[lang=${lang}]`);
    return page;
};

// What stands there passes axe, fits a phone, and is kept to be looked at.
const look = async (page, name) => {
    const found = await new AxeBuilder({ page }).setLegacyMode(true).withTags(TAGS).analyze();
    for (const one of found.violations) failures.push(`${name}: axe ${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= page.viewportSize().width, `${name}: ${wide} pixels wide`);
    await page.screenshot({ path: path.join(out, `office-${name}.png`), fullPage: true });
};

const signIn = async (page, base, next, who, level, name) => {
    await page.goto(`${base}/dang-nhap?next=${encodeURIComponent(next)}`);
    await atProvider(page, page.locator(".providers a").first(), who, level, name);
    await page.waitForURL((url) => url.href.startsWith(base) && !url.pathname.startsWith("/sign-in"));
};

// At the provider they choose who they are, and how surely they are known.
const atProvider = async (page, by, who, level, name) => {
    await by.click();
    await page.waitForSelector("input[name=who]");
    if (name) await look(page, name);
    check((await page.innerText(".play")).length > 40, "the provider does not say that it is for play");
    await page.check(`input[name=who][value="${who.number}"]`);
    if (level) await page.check(`input[name=acr][value="${level}"]`);
    await page.click("button");
};

// Answers one question after the other, by what each is about; then looks it over and begins.
const begin = async (page, base, procedure, answers, name) => {
    await page.goto(`${base}/thu-tuc/${procedure}/bat-dau`);
    for (let asked = 0; asked < 12; asked += 1) {
        const at = page.locator("input[name=at]");
        if (!(await at.count())) break;
        const fact = await at.first().inputValue();
        check(fact in answers, `${procedure} asks for ${fact}`);
        if (asked === 0 && name) await look(page, `${name}-question`);
        const choices = page.locator("input[type=radio][name=answer]");
        if (await choices.count()) await page.check(`input[name=answer][value="${answers[fact]}"]`);
        else await page.fill("input[name=answer]", answers[fact] ?? "");
        await page.click("button[value=next]");
        await page.waitForLoadState();
    }
    if (name) await look(page, `${name}-check`);
    await page.click("button[value=open]");
    await page.waitForURL(/\/(ho-so|can-bo)\/[a-z]+/);
};

// Until nothing of the case is under way.
const settled = async (page) => {
    const address = page.url().split("?")[0];
    for (let tries = 0; tries < 60; tries += 1) {
        await page.goto(address);
        if (!(await page.locator("#tien-do").count()) && !(await page.locator("#dang-nop").count())) return;
        await page.waitForTimeout(500);
    }
    failures.push(`${address} goes on and on`);
};

const caseOf = (page) => page.evaluate(async (id) => (await fetch(`/cases/${id}`, { headers: { accept: "application/json" } })).json(), idOf(page));
const idOf = (page) => new URL(page.url()).pathname.split("/")[2];
const itemOf = async (page, id) => (await caseOf(page)).items.find((item) => item.id === id);
const handIn = async (page, item) => {
    const address = page.url().split("?")[0];
    await page.goto(`${address}/giay-to/${item}`);
    await page.setInputFiles("input[type=file]", { name: "giay.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n% a paper\n") });
    await page.click("form.act button");
    await page.waitForURL((url) => `${url.origin}${url.pathname}` === address);
};

const pidOf = (folder) => {
    for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
            if (words.includes("node") && words.includes("run") && words.includes(folder)) return Number(pid);
        } catch {
            // It has ended meanwhile.
        }
    }
    return 0;
};
let again;

// A mother registers a birth on a phone; the civil status registers are away.
const motherRegisters = async (lang) => {
    const page = await open(commune, lang, PHONE);
    await signIn(page, commune, "/", mother, "muc-2", `${lang}-provider`);
    await look(page, `${lang}-home`);
    const running = pidOf(CIVIL_STATUS);
    check(running > 0, `${lang}: the node of civil status does not run`);
    // Nobody's number is that of the whole group of processes.
    if (running > 0) process.kill(running, "SIGKILL");
    const said = { "nguoi.quan_he": "me", "con.ho_ten": "Nguyễn Bảo An", "con.ngay_sinh": "1/11/2026", "con.gioi_tinh": "nu", "noi.xa_ma": "07213", "con.noi_kcb": "", "con.khai_cha": "true" };
    await begin(page, commune, "3.000722", said, `${lang}-birth`);
    await settled(page);
    check((await itemOf(page, "ket-hon")).gap === "source_down", "it is not told that the register is away");
    check((await page.locator("a[href='/ly-do/source_down']").count()) > 0, "the reason is not led to");
    await look(page, `${lang}-birth-source-down`);
    await page.click(".cards-of-values > button");
    await page.waitForLoadState();
    await look(page, `${lang}-birth-form-without`);
    again = spawn(program, ["node", "run", "--dir", CIVIL_STATUS], { stdio: "ignore" });
    // It is asked again when it is back.
    for (let tries = 0; tries < 40 && (await itemOf(page, "ket-hon")).gap; tries += 1) {
        await page.waitForTimeout(500);
        if (await page.locator("form[action$='/hoi-lai'] button").count()) await page.click("form[action$='/hoi-lai'] button");
        await settled(page);
    }
    check(!(await itemOf(page, "ket-hon")).gap, "the register was not asked again");
    await look(page, `${lang}-birth-preview`);
    await page.click(".cards-of-values > button");
    await page.waitForLoadState();
    // What the register says of her name is wrong: both values stay.
    const address = page.url().split("?")[0];
    await page.goto(`${address}/sua/me.ho_ten`);
    await page.fill("[name=answer]", `${mother.name} Mai`);
    await page.fill("[name=reason]", lang === "vi" ? "Tên đã đổi năm ngoái" : "The name was changed last year");
    await look(page, `${lang}-birth-correct`);
    await page.click("form.act button");
    await page.waitForURL((url) => `${url.origin}${url.pathname}` === address);
    await page.goto(`${address}/giay-to/chung-sinh`);
    await look(page, `${lang}-birth-paper`);
    await page.goto(address);
    await handIn(page, "chung-sinh");
    await look(page, `${lang}-birth-form`);
    check(!(await page.locator("form[action$='/nop'] button").count()), "it could be submitted before anybody has decided on the correction");
    const missing = (await caseOf(page)).missing;
    check(missing.length === 1, `what is in the way: ${JSON.stringify(missing)}`);
    return page;
};

// An officer decides which value counts; the mother submits; the officer grants it.
const officerFinishes = async (lang, motherPage) => {
    const page = await open(commune, lang, DESK);
    await signIn(page, commune, "/can-bo", officer, "muc-2");
    await look(page, `${lang}-desk`);
    const id = idOf(motherPage);
    await page.goto(`${commune}/can-bo/${id}`);
    await look(page, `${lang}-desk-case`);
    await page.check("input[name=counts][value=person]");
    await page.click("form[action$='/sua'] button");
    await page.waitForLoadState();
    await motherPage.goto(`${commune}/ho-so/${id}`);
    await motherPage.click("form[action$='/nop'] button");
    await settled(motherPage);
    check((await caseOf(motherPage)).state === "submitted", `it is ${(await caseOf(motherPage)).state}`);
    await look(motherPage, `${lang}-birth-submitted`);
    await motherPage.goto(`${commune}/ho-so/${id}/bien-nhan`);
    await look(motherPage, `${lang}-birth-receipt`);
    await page.goto(`${commune}/can-bo/${id}`);
    await page.check("input[name=granted][value=yes]");
    await page.locator("form[action$='/quyet-dinh'] summary").click();
    await page.selectOption("[name='result.kind']", "giay-khai-sinh");
    await page.check("input[name='result.line.con.ho_ten']");
    await page.fill("[name='result.more']", "ket_luan = Đã ghi vào sổ");
    await look(page, `${lang}-desk-decide`);
    await page.click("form[action$='/quyet-dinh'] button");
    await page.waitForLoadState();
    const done = await caseOf(motherPage);
    check(done.state === "decided" && done.deeds.every((deed) => deed.state === "done"), `decided: ${JSON.stringify(done.deeds)}`);
    await look(page, `${lang}-desk-decided`);
    check(/-giay-khai-sinh-/.test(done.decision.result), `no result: ${JSON.stringify(done.decision)}`);
    await motherPage.goto(`${commune}/ket-qua/${done.decision.result}`);
    await look(motherPage, `${lang}-result-phone`);
    check(!(await motherPage.locator("form[action$='/thu-hoi']").count()), "a citizen may revoke a result");
    await page.click("dl.entry a[href^='/ket-qua/']");
    await look(page, `${lang}-result`);
    await page.fill("[name=reason]", lang === "vi" ? "Cấp nhầm tên" : "The name is wrong");
    await page.click("form[action$='/thu-hoi'] button");
    await page.waitForLoadState();
    await look(page, `${lang}-result-revoked`);
    check(await page.locator(".note.late").count(), "it is not told that the result was revoked");
    await motherPage.goto(`${commune}/ai-da-hoi`);
    await look(motherPage, `${lang}-who-asked`);
};

// A parent acts for a child, is known too little, and shows more.
const parentEnrols = async (lang) => {
    const page = await open(commune, lang, PHONE);
    await signIn(page, commune, "/", parent, "muc-1");
    const child = day.cases.find((one) => one.code === "n.tuyen-sinh-lop-1").case;
    const value = (fact) => child.form.find((line) => line.fact === fact).value.value;
    const said = { acting: "parent", "con.so_dinh_danh": value("con.so_dinh_danh"), "con.ho_ten": value("con.ho_ten"), "truong.truong_ten": "Trường Tiểu học Bắc Giang" };
    await begin(page, commune, "n.tuyen-sinh-lop-1", said);
    await settled(page);
    check((await itemOf(page, "khai-sinh")).gap === "low_level", "somebody who is known too little is told what they may not see");
    await look(page, `${lang}-school-low`);
    await page.locator("details.section > summary").first().click();
    const up = page.locator("a[href*='tang=']").first();
    await up.click();
    await look(page, `${lang}-school-step-up`);
    await atProvider(page, page.locator(".providers a").first(), parent);
    await page.waitForURL(/\/ho-so\/[a-z]+/);
    for (let tries = 0; tries < 20 && (await itemOf(page, "khai-sinh")).gap; tries += 1) {
        if (await page.locator("form[action$='/hoi-lai'] button").count()) await page.click("form[action$='/hoi-lai'] button");
        await settled(page);
    }
    const found = await caseOf(page);
    check(found.items.every((item) => item.state !== "gap"), `after the step up: ${JSON.stringify(found.items.map((item) => [item.id, item.state, item.gap]))}`);
    check(found.acting === "parent", "it is not told by what right");
    await look(page, `${lang}-school-preview`);
};

// A representative acts for a company: no register of enterprises is published, so a paper proves it, which an officer reads first.
const companyAsks = async (lang) => {
    const page = await open(province, lang, DESK);
    await signIn(page, province, "/", company, "muc-2");
    const said = { "to_chuc.ma_so_doanh_nghiep": "0000000001", "nguoi_lao_dong.ho_ten": "JANE DOE", "nguoi_lao_dong.so_ho_chieu": "X0000001" };
    await begin(page, province, "1.014199", said);
    await settled(page);
    check((await itemOf(page, "doanh-nghiep")).gap === "not_published", "it is not told that nobody has published it");
    check((await itemOf(page, "ho-chieu")).gap === "unrepresented", "something goes on before the right is proved");
    await look(page, `${lang}-company`);
    await handIn(page, "doanh-nghiep");
    await proved(page, province, officerOfProvince, "doanh-nghiep", lang, `${lang}-company-desk`);
    await settled(page);
    check((await itemOf(page, "ho-chieu")).gap === "not_published", "the right is proved, and nothing goes on");
    await handIn(page, "ho-chieu");
    await page.click("form[action$='/nop'] button");
    await settled(page);
    check((await caseOf(page)).state === "submitted", "a company cannot submit");
    await look(page, `${lang}-company-submitted`);
};

// An officer reads the paper and says that it proves what it is for.
const proved = async (page, base, who, item, lang, name) => {
    const office = await open(base, lang, DESK);
    await signIn(office, base, "/can-bo", who, "muc-2");
    await office.goto(`${base}/can-bo/${idOf(page)}`);
    await look(office, name);
    const form = office.locator(`#muc-${item} form[action$='/chung-minh']`);
    await form.locator("input[value=yes]").check();
    await form.locator("button").click();
    await office.waitForLoadState();
    const paper = (await itemOf(office, item)).asked_paper;
    check(paper.proves === true, `the officer's word on the paper: ${JSON.stringify(paper)}`);
    await office.context().close();
};

const played = (code) => day.cases.find((one) => one.code === code).case;
const known = (one, fact) => one.form.find((line) => line.fact === fact).value.value;

// A guardian acts for a ward; of the ward nothing is asked before the guardianship is proved.
const guardianEnrols = async (lang) => {
    const page = await open(commune, lang, PHONE);
    await signIn(page, commune, "/", guardian, "muc-2");
    const ward = played("1.004837");
    const said = { acting: "guardian", "con.so_dinh_danh": known(ward, "con.so_dinh_danh"), "con.ho_ten": known(ward, "con.ho_ten"), "truong.truong_ten": "Trường Tiểu học Bắc Giang" };
    await begin(page, commune, "n.tuyen-sinh-lop-1", said);
    await settled(page);
    check((await itemOf(page, "khai-sinh")).gap === "unrepresented", "a ward is looked up before anybody has proved to be the guardian");
    await handIn(page, "giam-ho");
    check((await itemOf(page, "khai-sinh")).gap === "unrepresented", "any file opens a ward's data");
    await look(page, `${lang}-guardian`);
    await proved(page, commune, officer, "giam-ho", lang, `${lang}-guardian-desk`);
    await settled(page);
    check((await itemOf(page, "khai-sinh")).state === "found", "proved, and nothing is asked");
    await look(page, `${lang}-guardian-preview`);
};

// Somebody acts by a mandate: both are in the case.
const mandatedAsks = async (lang) => {
    const page = await open(commune, lang, PHONE);
    await signIn(page, commune, "/", mandated, "muc-2");
    const extract = played("2.000635");
    const number = extract.items.find((item) => item.id === "so-khai-sinh").values["con.so_dinh_danh"].value;
    const said = {
        acting: "mandate", "nguoi.so_dinh_danh": number, "con.so_khai_sinh": known(extract, "con.so_khai_sinh"),
        "con.ho_ten": known(extract, "con.ho_ten"), "nguoi.so_ban": "1",
    };
    await begin(page, commune, "2.000635", said);
    await settled(page);
    await handIn(page, "uy-quyen");
    await proved(page, commune, officer, "uy-quyen", lang, `${lang}-mandate-desk`);
    await settled(page);
    check((await itemOf(page, "so-khai-sinh")).state === "found", `by the mandate nothing is asked: ${JSON.stringify(await itemOf(page, "so-khai-sinh"))}`);
    await page.click(".cards-of-values > button");
    await page.waitForLoadState();
    await page.click("form[action$='/nop'] button");
    await settled(page);
    const done = await caseOf(page);
    check(done.state === "submitted" && done.acting === "mandate", `by a mandate: ${done.state} ${done.acting}`);
    await look(page, `${lang}-mandate-submitted`);
};

const journeys = { motherRegisters: async (lang) => officerFinishes(lang, await motherRegisters(lang)), parentEnrols, companyAsks, guardianEnrols, mandatedAsks };
for (const lang of ["vi", "en"]) {
    for (const [name, journey] of Object.entries(journeys)) {
        const begun = Date.now();
        await journey(lang).catch((error) => failures.push(`${name} ${lang}: ${String(error.stack).slice(0, 700)}`));
        process.stderr.write(`${name} ${lang}: ${((Date.now() - begun) / 1000).toFixed(1)} s, ${failures.length} failures\n`);
    }
}
await browser.close();
again?.kill();
failures.forEach((one) => console.log(one));
process.exit(failures.length ? 1 : 0);
