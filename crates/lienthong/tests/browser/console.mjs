// The console in Debian's Chromium: every page in both languages before axe, at 320 pixels, in high contrast and on paper; a journey for
// each role, with JavaScript and without; what a visitor may get wrong.
//
// console.mjs BASE ACCOUNTS OUT: the hub's address, the demo's accounts.json, a folder for screenshots. Prints what failed; ends with 1
// if anything did.

import { createHmac } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { connect } from "./connect.mjs";
import { kill, operator } from "./operator.mjs";
import * as quality from "./quality.mjs";

const modules = createRequire(path.join(process.env.LIENTHONG_TEST_NODE, "x.js"));
const { chromium } = modules("playwright-core");
const { AxeBuilder } = modules("@axe-core/playwright");

const [base, accounts, out] = process.argv.slice(2);
const people = JSON.parse(fs.readFileSync(accounts, "utf8"));
const failures = {
    length: 0,
    push(what) {
        this.length += 1;
        console.log(what);
    },
};
const check = (holds, what) => {
    if (!holds) failures.push(what);
};
const begun = Date.now();
const tell = (what) => process.stderr.write(`${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}, ${failures.length} failures\n`);
const person = (name) => people.find((one) => one.name === name);
const token = (name) => JSON.parse(fs.readFileSync(person(name).officer_file, "utf8")).token;

const PAGES = [
    "/", "/co-so-du-lieu", "/co-so-du-lieu?standing=registered", "/co-so-du-lieu?observed=in_shared_use&standing=candidate",
    "/co-so-du-lieu/VNDB-001", "/co-so-du-lieu/VNDB-020", "/nghia-vu", "/nghia-vu/*", "/nhiem-vu", "/nhiem-vu?xem=bang", "/nhiem-vu?xem=lich&state=overdue", "/nhiem-vu/van-ban/cd-103-2025", "/nhiem-vu/cd-103-2025.R3.1", "/dich-vu", "/ket-noi",
    "/dich-vu/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi", "/tu-dien", "/tu-dien?domain=address", "/tu-dien/ndg%3AID-004", "/danh-muc/gioi-tinh",
    "/danh-muc/dan-toc?on=2008-01-01", "/co-quan", "/co-quan/VN%2FGOV%2FG01", "/yeu-cau", "/yeu-cau?state=granted", "/yeu-cau/moi",
    "/yeu-cau/*", "/quyen", "/quyen/*", "/giam-sat", "/vet", "/tai-khoan", "/tim?q=bac+giang", "/tim?q=qwxz", "/tim", "/toi",
    "/thong-bao", "/thong-bao?unread=true", "/thong-bao/cach-nhan",
    "/uu-tien", "/chat-luong", "/chat-luong?band=not_measured", "/chat-luong/co-quan/VN%2FGOV%2FG15", "/chat-luong/csdl/VNDB-009", "/chat-luong/csdl/VNDB-002",
    "/chat-luong/du-lieu/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi", "/chat-luong/du-lieu/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi/truong/gioi_tinh", "/chat-luong/loi", "/chat-luong/loi?late=true", "/chat-luong/loi/*",
    "/tuan-thu", "/tuan-thu?family=chiase-278", "/tuan-thu?q=qwxz", "/tuan-thu/VN%2FGOV%2FG01", "/tuan-thu/VN%2FGOV%2FG01/gan-tu-dien", "/tuan-thu/bo-quy-tac", "/tuan-thu/bo-quy-tac/lienthong-30%401", "/tuan-thu/KHONG-CO",
    "/chat-luong/bao-loi", "/chat-luong/csdl/KHONG-CO", "/chat-luong/du-lieu/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi/quy-tac/khong-co", "/lanh-dao", "/bao-cao", "/bao-cao/*", "/so-dang-ky", "/so-dang-ky/*", "/so-dang-ky/databases/VNDB-001", "/so-dang-ky/services/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi",
    "/so-dang-ky/nodes/VN%2FGOV%2FG01%2Fnut-1", "/so-dang-ky/terms/ndg%3AID-004", "/so-dang-ky/terms/ndg%3AID-004?dang=van-ban", "/so-dang-ky/codelists/gioi-tinh", "/dang-ky/databases",
    "/dang-ky/grants", "/dang-ky/contracts", "/tam-ngung", "/su-co", "/su-co?live=true", "/su-co/KHONG-CO", "/tai-khoan/moi", "/tai-khoan/lan-g01", "/co-quan?parent=VN%2FLOC%2FH05",
    ...["du-lieu", "dich-vu", "ai-dung", "chat-luong", "phap-ly", "nhat-ky"].map((tab) => `/co-so-du-lieu/VNDB-001?muc=${tab}`),
    "/doi-soat", "/doi-soat?agency=VN%2FGOV%2FG01&days=7", "/doi-soat?differing=true", "/xac-nhan", "/xac-nhan?owner=VN%2FGOV%2FG01",
    "/thu-tuc", "/thu-tuc/1.001193%401", "/cong-bo", "/tro-giup", "/trang-thai", "/khong-co-trang-nay", "/so-dang-ky/khong-co", "/dang-ky/khong-co", "/co-so-du-lieu/KHONG-CO", "/yeu-cau?state=sai",
];
const FOR_EVERYBODY = ["/dang-nhap", "/tro-giup", "/trang-thai", "/kich-hoat", "/mat-khau"];
const WEIGHT_MAX = 300 * 1024;

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const context = async (options = {}) => {
    const seen = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, ...options });
    seen.setDefaultTimeout(30000);
    return seen;
};

/// Whatever the console of a page says is wrong: above all a breach of the policy of what may be loaded.
const listen = (page) => {
    page.on("console", (message) => {
        const said = message.text();
        if (message.type() === "error" && !said.includes("the server responded with a status of 4")) failures.push(`${page.url()}: ${said}`);
    });
    page.on("pageerror", (error) => failures.push(`${page.url()}: ${error}`));
};

const accessible = async (page, where) => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    // The new way opens a second page for the result and waits for it half a minute.
    const found = await new AxeBuilder({ page }).setLegacyMode(true).withTags(tags).analyze();
    for (const one of found.violations) failures.push(`${where}: axe ${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
};
const narrow = async (page, where) => {
    await page.setViewportSize({ width: 320, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 320, `${where}: ${wide} pixels wide at 320`);
};

const shot = (page, name) => page.screenshot({ path: path.join(out, `${name}.png`), fullPage: true });
const named = (address) => address.replace(/%2F/gi, "-").replace(/[^a-z0-9-]+/gi, "_").replace(/^_$/, "root");

/// The first thing of a list, in the place of a star.
const resolve = async (address, headers) => {
    if (!address.endsWith("/*")) return address;
    const list = address.slice(0, -2);
    const answer = await (await fetch(`${base}${list}?format=json`, { headers })).json();
    const first = answer.items[0];
    return `${list}/${encodeURIComponent(first.id ?? first.entry.id)}`;
};

// Every page, as an officer of the hub who may see most.
const headers = { authorization: `Bearer ${token("giang-tt")}` };
const visited = { authorization: `Bearer ${token("phuc-tt")}` };
const addresses = [];
for (const address of PAGES) addresses.push(await resolve(address, headers));
const look = async (address, lang) => {
    const open = address.endsWith("#open");
    const plain = address.replace("#open", "");
    const seen = await context({ extraHTTPHeaders: open ? {} : plain.startsWith("/tai-khoan") ? visited : headers });
    const page = await seen.newPage();
    listen(page);
    const bodies = [];
    page.on("response", (response) => {
        check(response.url().startsWith(base), `${plain}: loads ${response.url()}`);
        // A stream of events does not end.
        if (!response.url().endsWith("/api/v1/events")) bodies.push(response.body().catch(() => ""));
    });
    const answer = await page.goto(`${base}${plain}${plain.includes("?") ? "&" : "?"}lang=${lang}`, { waitUntil: "load" });
    const text = await page.innerText("body");
    check(answer.status() < 500, `${plain}: ${answer.status()} ${text}`);
    check(!/⟦|\{[a-z_]+\}/.test(text), `${plain} ${lang}: words are missing`);
    check((await page.getAttribute("html", "lang")) === lang, `${plain}: another language`);
    const axe = async (contrast) => {
        await page.emulateMedia({ contrast });
        await accessible(page, `${plain} ${lang} ${contrast}`);
    };
    await axe("no-preference");
    const weight = (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);
    check(weight <= WEIGHT_MAX, `${plain}: weighs ${weight} bytes`);
    await shot(page, `${named(plain)}${open ? "-open" : ""}-${lang}`);
    await narrow(page, `${plain} ${lang}`);
    await axe("more");
    await seen.close();
};
const visits = [...addresses, ...FOR_EVERYBODY.map((one) => `${one}#open`)].flatMap((address) => [[address, "vi"], [address, "en"]]);
const worker = async () => {
    while (visits.length) {
        const [address, lang] = visits.shift();
        await look(address, lang).catch((error) => failures.push(`${address} ${lang}: ${String(error).slice(0, 400)}`));
    }
};
if (process.argv[5] !== "journeys") await Promise.all([worker(), worker()]);
tell("pages");
{
    const seen = await context({ extraHTTPHeaders: headers });
    const page = await seen.newPage();
    listen(page);
    await page.goto(`${base}/co-so-du-lieu/VNDB-001`);
    await page.setViewportSize({ width: 320, height: 800 });
    await shot(page, "narrow");
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ media: "print" });
    check(!(await page.isVisible("nav")), "the navigation is printed");
    check(await page.isVisible("h1"), "the title is not printed");
    await shot(page, "print");
    await seen.close();
}

// The twins: what a page shows is what its JSON and its CSV hold.
for (const address of ["/co-so-du-lieu", "/uu-tien", "/chat-luong", "/tam-ngung", "/su-co", "/so-dang-ky", "/so-dang-ky/purposes", "/nghia-vu", "/dich-vu", "/tu-dien", "/co-quan", "/yeu-cau", "/quyen", "/vet", "/danh-muc/gioi-tinh", "/tim?q=nguoi"]) {
    const and = address.includes("?") ? "&" : "?";
    const get = (more, accept) => fetch(`${base}${address}${more}`, { headers: { ...headers, accept } });
    const view = await (await get("", "application/json")).json();
    const csv = await (await get(`${and}format=csv`, "*/*")).text();
    const html = (await (await get("", "text/html")).text()).replaceAll("&#x2f;", "/");
    const first = view.items[0];
    if (!first) {
        // Nothing has to be wrong on the day that was played.
        check(address === "/su-co", `${address}: nothing is there`);
        continue;
    }
    const key = String(first.code ?? first.id ?? first.entry?.datum ?? first.subject);
    check(html.includes(key), `${address}: the page does not show ${key}`);
    check(csv.split("\r\n")[1].includes(String(first.code ?? first.id ?? first.entry?.id ?? first.seq)), `${address}: its CSV begins otherwise`);
    const xlsx = await get(`${and}format=xlsx`, "*/*");
    check(Buffer.from(await xlsx.arrayBuffer()).subarray(0, 2).toString() === "PK", `${address}: no XLSX`);
}

// One-time codes as an authenticator makes them (RFC 6238); a code counts once.
const used = {};
const code = async (one) => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const secret = new URL(one.totp).searchParams.get("secret");
    const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
    const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    let step = Math.floor(Date.now() / 30000);
    while (step <= (used[one.name] ?? 0)) {
        await new Promise((go) => setTimeout(go, 500));
        step = Math.floor(Date.now() / 30000);
    }
    used[one.name] = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", bytes).update(counter).digest();
    const at = digest[19] & 15;
    return String((digest.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, "0");
};

const signIn = async (page, name) => {
    const one = person(name);
    await page.goto(`${base}/toi`);
    check(page.url().includes("/dang-nhap"), "a stranger is not asked to sign in");
    await fill(page, one);
    // Those who lead have a first page of their own.
    check(["/toi", "/lanh-dao"].includes(new URL(page.url()).pathname), `${name} is not led back: ${page.url()} ${await page.innerText("main")}`);
};
const fill = async (page, one) => {
    await page.fill("input[name=name]", one.name);
    await page.fill("input[name=password]", one.password);
    if (one.totp) await page.fill("input[name=code]", await code(one));
    await page.click("main form.sign-in button");
};
const journey = async (name, js, play) => {
    const seen = await context({ javaScriptEnabled: js });
    const page = await seen.newPage();
    listen(page);
    try {
        await signIn(page, name);
        await play(page);
    } catch (error) {
        failures.push(`${name} ${js ? "with" : "without"} JavaScript at ${page.url()}: ${String(error).slice(0, 600)}`);
    }
    await seen.close();
    tell(`${name} ${js ? "with" : "without"} JavaScript`);
};
const done = async (page, what) => check(await page.isVisible("p.done"), `${what}: ${await page.innerText("main")}`);

const asked = {};
// Forms that were sent on the way from the search to the first real answer, of all accounts together; sign-ins are not of it.
const submits = { true: 0, false: 0 };
const way = (js) => (js ? "js" : "plain");
const counted = async (page, js) => page.on("request", (request) => {
    if (request.method() === "POST" && request.isNavigationRequest()) submits[js] += 1;
});
for (const js of [true, false]) {
    // The integrator searches for a service and asks for it.
    await journey("nam-h05", js, async (page) => {
        await page.fill("#q", "hoc sinh");
        await page.click(".find button");
        await page.click("ul.hits a >> nth=0");
        // Tried first: for another purpose it is refused, and the page says by what; what was typed stays.
        await page.goto(`${base}/dich-vu/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi`);
        await page.fill("#thu input[name=path]", "/khong-co-ai");
        await page.fill("#thu input[name=purpose]", "khong-co");
        await page.click("#thu button");
        check(/LT-\d{4}/.test(await page.innerText("[role=status]")), `a call for no purpose: ${await page.innerText("main")}`);
        check((await page.inputValue("#thu input[name=path]")) === "/khong-co-ai", "a call that was tried is lost");
        await page.fill("#thu input[name=path]", "?limit=1");
        const grants = await (await fetch(`${base}/api/v1/registry/grants?service=VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi`, { headers })).json();
        const mine = grants.items.find((grant) => grant.client === "VN/LOC/H05/mot-cua" && !grant.endpoints);
        await page.fill("#thu input[name=purpose]", mine?.uses[0].purpose ?? "khai-sinh");
        await page.click("#thu button");
        const tried = await page.innerText("[role=status]");
        // In the second round the grant was revoked in the first: the page tells that the system has none for this.
        check(mine ? /^\s*(200|4\d\d)\b/.test(tried) : /LT-21\d\d/.test(tried), `a call that was tried: ${tried}`);
        if (js) await shot(page, "tried");
        await page.goto(`${base}/tim?q=hoc+sinh`);
        await page.click("ul.hits a >> nth=0");
        await page.click("text=/Đề nghị cấp quyền khai thác/ >> nth=0");
        await counted(page, js);
        if (js) await accessible(page, "/yeu-cau/moi, of a service");
        await shot(page, `ask-${way(js)}`);
        await page.selectOption("select[name=purpose]", "nhap-hoc");
        // The same basis stands with each purpose that it allows: the one with this purpose is there to be chosen.
        const basis = await page.evaluate(() => [...document.querySelectorAll("select[name=basis] option")].findIndex((one) => one.value === "nq-66.7-2025" && !one.parentElement.disabled));
        await page.selectOption("select[name=basis]", { index: basis });
        // The key goes along by itself; other fields are ticked.
        check(await page.isDisabled("input[type=checkbox][name='field.ma_hoc_sinh']"), "the key can be left out");
        await page.check("input[type=checkbox][name='field.lop']");
        await page.fill("input[name=valid_to]", "2025-01-01");
        await page.fill("input[name=per_second]", "nhiều");
        await page.fill("textarea[name=statement]", "Xác nhận nơi học\nkhi giải quyết trợ cấp <b>");
        await page.click("button:text-is('Gửi đề nghị')");
        const told = await page.innerText(".problem");
        check((await page.title()).startsWith("Lỗi:") && ["Hết hiệu lực", "Lượt mỗi giây", "Khối lượng"].every((one) => told.includes(one)), `not all mistakes are told at once: ${told}`);
        check(await page.evaluate(() => document.activeElement.classList.contains("problem")), "the summary has not got the focus");
        if (js) await accessible(page, "/yeu-cau/moi, with mistakes");
        await shot(page, `ask-wrong-${way(js)}`);
        await page.click(".problem a >> nth=0");
        check(await page.evaluate(() => document.activeElement.name === "per_second" || location.hash === "#o-per_second"), "the summary leads nowhere");
        check((await page.inputValue("textarea[name=statement]")).includes("<b>"), "what was typed is lost");
        check(await page.isChecked("input[type=checkbox][name='field.lop']"), "a tick is lost");
        await page.fill("input[name=per_second]", "5");
        await page.fill("input[name=volume]", "20 lượt mỗi ngày");
        await page.fill("input[name=valid_to]", "2027-06-01");
        submits[js] = 0;
        await page.click("button:text-is('Gửi đề nghị')");
        await done(page, "a request");
        check((await page.innerText("#kha-nang")).includes("lop"), "it is not shown what the grant will be able to do");
        if (js) await accessible(page, "a request, sent");
        await narrow(page, "a request, sent");
        asked[js] = page.url().split("?")[0];
    });
    // The owner of the data decides: first with nothing said, then with words.
    await journey("tuan-g03", js, async (page) => {
        await page.goto(`${base}/yeu-cau?waiting=true`);
        check((await page.innerText("main")).includes(asked[js].split("/").pop()), "what waits for the owner is not shown");
        await page.goto(asked[js]);
        await counted(page, js);
        await page.fill("textarea[name=text] >> nth=0", "Đồng ý nội dung");
        await page.click("button[value=do]");
        await done(page, "the owner's decision");
    });
    // The hub's officer gives it its appraisal.
    await journey("giang-tt", js, async (page) => {
        await page.goto(asked[js]);
        await counted(page, js);
        await page.fill("textarea[name=text] >> nth=0", "Đạt yêu cầu kỹ thuật");
        await page.click("button[value=do]");
        await done(page, "the hub's decision");
        check((await page.innerText(".way")).includes("Lắp đặt nút"), "the next step is not shown");
    });
    // The applicant says that all is set up, and makes the first call from the page: it is answered with real records.
    await journey("nam-h05", js, async (page) => {
        await page.goto(asked[js]);
        await counted(page, js);
        await page.fill("textarea[name=text] >> nth=0", "Nút và chứng thư đã lắp đặt");
        await page.click("button[value=do]");
        await done(page, "what the applicant states");
        const line = await page.innerText("#goi-thu pre");
        check(["X-Road-Client: VN/LOC/H05/mot-cua", "Lienthong-Purpose: ", "Lienthong-Token: ", "r1/VN/GOV/G03/"].every((one) => line.includes(one)), `the call to copy: ${line}`);
        await shot(page, `trial-${way(js)}`);
        // Nodes hear of the grant within seconds.
        await page.waitForTimeout(4000);
        await page.click("#goi-thu button");
        const answered = await page.innerText("[role=status]");
        check(/^\s*200\b/.test(answered) && answered.includes("items"), `the first real answer: ${answered}`);
        check(submits[js] <= 6, `${submits[js]} submits from the search to the first real answer`);
        tell(`${submits[js]} submits from the search to the first real answer, over three accounts`);
    });
    // The architect takes a term one step on, with the consequence that it is in the history.
    await journey("huong-tt", js, async (page) => {
        const terms = await (await fetch(`${base}/api/v1/registry/terms?limit=500`, { headers })).json();
        const open = terms.items.find((term) => term.versions.at(-1).status === (js ? "proposed" : "reviewed"));
        await page.goto(`${base}/tu-dien/${encodeURIComponent(open.id)}`);
        await page.fill("textarea[name=reason]", "đã họp hội đồng");
        await page.click(`button[value=${js ? "reviewed" : "consulted"}]`);
        await done(page, "a term's step");
        check((await page.innerText("main")).includes("đã họp hội đồng"), "the history does not tell of it");
    });
    // The data officer revokes a grant: typed wrong, then right.
    await journey("lan-g01", js, async (page) => {
        const grants = await (await fetch(`${base}/quyen?owner=VN%2FGOV%2FG01&format=json`, { headers })).json();
        // What follows from a scope ends with the scope.
        const grant = grants.items.find((one) => !one.client.includes("*")).id;
        await page.goto(`${base}/quyen/${encodeURIComponent(grant)}`);
        await page.fill("textarea[name=reason]", "hết nhu cầu");
        await page.fill("input[name=confirm]", "nham");
        await page.click("button.danger");
        check(await page.isVisible(".problem"), "a grant is revoked by a wrong word");
        check((await page.inputValue("textarea[name=reason]")) === "hết nhu cầu", "the reason is lost");
        await page.fill("input[name=confirm]", grant);
        await page.click("button.danger");
        await done(page, "a revocation");
        const gone = await page.goto(`${base}/quyen/${encodeURIComponent(grant)}`);
        check(gone.status() === 404, "a revoked grant is still there");
    });
    // The operator sees nodes and what failed.
    await journey("long-tt", js, async (page) => {
        await page.click("nav a[href='/giam-sat']");
        const text = await page.innerText("main");
        check(text.includes("G01/nut-1"), "the nodes are not shown");
        check(text.includes("LT-"), "what failed has no cause");
    });
    // The auditor reads everything and changes nothing.
    await journey("kim-tt", js, async (page) => {
        await page.click("nav a[href='/vet']");
        check((await page.innerText("main")).includes("hết nhu cầu"), "the revocation is not in the trail");
        await page.goto(asked[js]);
        check((await page.locator("main form.act").count()) === 0, "an auditor is offered something to do");
        await page.goto(`${base}/ket-noi`);
        check((await page.innerText("main .note")).includes("không công bố được"), "an auditor is not told that they cannot publish");
        await page.click("header .who button");
        await page.goto(`${base}/vet`);
        check(page.url().includes("/dang-nhap"), "signed out, and still in");
    });
}

// What the pages can enter, with JavaScript and without.
const call = async (token, method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
        method, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: body && JSON.stringify(body),
    });
    return [answer.status, await answer.json().catch(() => null), answer.headers.get("etag")];
};
const hub = token("giang-tt");
const fresh = async (js, play, options = {}) => {
    const seen = await context({ javaScriptEnabled: js, ...options });
    const page = await seen.newPage();
    listen(page);
    await play(page).catch((error) => failures.push(`a stranger at ${page.url()}: ${String(error).slice(0, 400)}`));
    await seen.close();
};
for (const js of [true, false]) {
    const way = js ? "co-js" : "khong-js";
    // The hub's officer registers a database with its master data, is told what is wrong, and takes it out again.
    await journey("giang-tt", js, async (page) => {
        await page.goto(`${base}/so-dang-ky`);
        await page.click("a[href='/dang-ky/databases']");
        const save = "button:text-is('Lưu')";
        // Nothing at all: what must be there is told in one go, wherever its section is folded.
        await page.click(save);
        const empty = await page.innerText(".problem");
        check((await page.title()).startsWith("Lỗi:") && ["Mã", "Tên", "Loại", "Tình trạng đăng ký", "Lý do"].every((one) => empty.includes(one)), `what must be there: ${empty}`);
        if (js) await accessible(page, "/dang-ky/databases, empty");
        await shot(page, `database-empty-${way}`);
        await narrow(page, "/dang-ky/databases, empty");
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.locator("form.act.long").evaluate((form) => form.querySelectorAll("details.section").forEach((section) => { section.open = true; }));
        // An agency is found by a part of its name, as one types or by a step of its own.
        await page.fill("input[name=owner]", "");
        if (js) {
            await page.type("input[name=owner]", "tu phap");
            await page.waitForSelector("[role=option]");
            await accessible(page, "/dang-ky/databases, a list");
            await page.keyboard.press("ArrowDown");
            await page.keyboard.press("Enter");
            check((await page.inputValue("input[name=owner]")).startsWith("VN/"), "what is chosen by the keyboard is not taken");
        } else {
            await page.fill("input[name=owner]", "tu phap");
            await page.click("button[name=find][value=owner]");
            await shot(page, "database-find");
            await page.check("input[name='pick.owner'] >> nth=0");
            check((await page.inputValue("input[name=owner]")) === "tu phap", "a search loses what was typed");
            await page.click("button[name=find][value=owner]");
            check((await page.inputValue("input[name=owner]")).startsWith("VN/"), "what is chosen is not taken");
        }
        await page.locator("form.act.long").evaluate((form) => form.querySelectorAll("details.section").forEach((section) => { section.open = true; }));
        await page.fill("input[name=id]", `CSDL-${way}`);
        await page.fill("input[name='name.vi']", "Cơ sở dữ liệu để thử");
        await page.fill("input[name='name.en']", "A database for trial");
        await page.selectOption("select[name=scale]", "sectoral");
        await page.selectOption("select[name=standing]", "registered");
        for (const text of ["legal_basis", "scope", "data_sources", "users", "ways_of_use", "ways_of_sharing"]) await page.fill(`textarea[name=${text}]`, "để thử");
        await page.selectOption("select[name=class]", "other");
        await page.fill("input[name=retention]", "24");
        await page.selectOption("select[name=personal_data]", "none");
        await page.fill("input[name=owner]", "VN/GOV/KHONG-CO");
        await page.fill("input[name=security_level]", "ba");
        await page.fill("input[name='master_data.0.code']", `thu-${way}`);
        await page.click("button[value=master_data]");
        check(await page.isVisible("input[name='master_data.5.code']"), "no more lines are given");
        check((await page.inputValue("input[name=id]")) === `CSDL-${way}`, "asking for lines loses what was typed");
        await page.fill("input[name='master_data.0.name.vi']", "Dữ liệu thử");
        await page.fill("input[name='master_data.0.name.en']", "Trial data");
        await page.fill("textarea[name=reason]", "để thử");
        await page.click(save);
        const both = await page.innerText(".problem");
        check(both.includes("Cấp độ an toàn") && both.includes("VN/GOV/KHONG-CO"), `not all is told at once: ${both}`);
        check((await page.locator("[aria-invalid=true]").count()) === 2, "other places are marked than those that are wrong");
        await page.fill("input[name=security_level]", "3");
        await page.fill("input[name=owner]", "VN/GOV/G15");
        await page.click(save);
        await done(page, "a database");
        const [, made] = await call(hub, "GET", `/api/v1/registry/databases/CSDL-${way}`);
        check(made?.security_level === 3 && made?.master_data?.[0]?.code === `thu-${way}` && made?.owner === "VN/GOV/G15", `the database is ${JSON.stringify(made)}`);
        // Two at the same thing: both are shown, and nothing is lost.
        await page.goto(`${base}/so-dang-ky/databases/CSDL-${way}`);
        await page.fill("textarea[name=scope]", "phạm vi của tôi");
        const theirs = { ...made, scope: "phạm vi của người khác" };
        await fetch(`${base}/api/v1/registry/databases/CSDL-${way}`, {
            method: "PUT", headers: { authorization: `Bearer ${hub}`, "content-type": "application/json", "if-match": (await call(hub, "GET", `/api/v1/registry/databases/CSDL-${way}`))[2] },
            body: JSON.stringify({ members: theirs, reason: "sửa trước" }),
        });
        await page.fill("textarea[name=reason] >> nth=0", "sửa sau");
        await page.click(save);
        const conflict = await page.innerText(".conflict");
        check(conflict.includes("phạm vi của người khác") && conflict.includes("phạm vi của tôi"), `a conflict shows ${conflict}`);
        check((await page.inputValue("textarea[name=scope]")) === "phạm vi của tôi", "a conflict loses what was typed");
        await shot(page, `conflict-${way}`);
        await page.click("button:text-is('Lưu bản của tôi đè lên')");
        await done(page, "a conflict");
        check((await call(hub, "GET", `/api/v1/registry/databases/CSDL-${way}`))[1].scope === "phạm vi của tôi", "a conflict ends otherwise");
        // Taken out: typed wrong, then right.
        await page.goto(`${base}/so-dang-ky/databases/CSDL-${way}`);
        await page.click("summary:text-is('Xoá khỏi sổ đăng ký')");
        await page.fill("details textarea[name=reason]", "hết thử");
        await page.fill("input[name=confirm]", "CSDL");
        await page.click("details button.danger");
        check(await page.isVisible(".problem"), "a thing is removed by a wrong word");
        await page.fill("input[name=confirm]", `CSDL-${way}`);
        await page.click("details button.danger");
        await done(page, "a removal");
        check((await call(hub, "GET", `/api/v1/registry/databases/CSDL-${way}`))[0] === 404, "what was removed is there");
        // What an owner registers is a claim, which another officer of the hub confirms and takes back.
        const claimed = `CSDL-xn-${way}`;
        const document = { kind: "Database", id: claimed, name: { vi: "Cơ sở dữ liệu chờ xác nhận", en: "A claimed database" }, scale: "sectoral", standing: "registered", owner: "VN/GOV/G15",
            legal_basis: "để thử", scope: "để thử", class: "other", retention: "permanent", security_level: 1, personal_data: "none", systems: ["VN/GOV/G15/ho-tich"] };
        const [registered, told] = await call(token("hoa-g15"), "POST", "/api/v1/apply", { documents: [document], reason: "đăng ký" });
        check(registered === 200, `a database is not registered: ${JSON.stringify(told)}`);
        await page.goto(`${base}/xac-nhan`);
        await page.click(`th a[href$='${claimed}'] >> nth=0`);
        check((await page.innerText("#xac-nhan")).includes("VNDB-009"), "for which database a service counts is not shown");
        await page.fill("#xac-nhan textarea[name=reason]", "đã đối chiếu");
        await page.click("#xac-nhan button");
        await done(page, "a confirmation");
        check((await page.innerText("main")).includes("đã xác nhận"), "what was confirmed is not shown so");
        await page.click("summary:text-is('Rút xác nhận')");
        await page.fill("details[open] textarea[name=reason]", "hết thử");
        await page.click("details[open] button.danger");
        await done(page, "taking a confirmation back");
        await call(hub, "DELETE", `/api/v1/registry/databases/${claimed}?reason=het-thu`);
        // Who called whom: both sides, and the nodes that hold the proof.
        await page.goto(`${base}/doi-soat?agency=VN%2FGOV%2FG15`);
        check((await page.innerText("main")).includes("G15/nut-1"), "the node that holds the proof is not named");
        // A document that is no document.
        await page.goto(`${base}/dang-ky/packs`);
        await page.fill("textarea[name=document]", "{ hỏng");
        await page.fill("textarea[name=reason]", "để thử");
        await page.click(save);
        check((await page.innerText(".problem")).includes("JSON"), "no document is taken");
        check((await page.inputValue("textarea[name=document]")) === "{ hỏng", "a document that was refused is lost");
    });
    // The integrator brings a table.
    await journey("khoa-g03", js, (page) => connect(page, { base, js, way, check, done, shot, accessible, narrow, ask: (path) => call(hub, "GET", path) }));
    // Every kind goes through its form unchanged.
    for (const [name, kinds] of [["giang-tt", ["databases", "duties", "services", "contracts", "systems", "nodes", "grants", "agencies", "purposes", "bases", "packs"]], ["huong-tt", ["terms", "codelists", "crosswalks"]]]) {
        if (!js) await journey(name, js, async (page) => {
            for (const kind of kinds) {
                const [, list] = await call(hub, "GET", `/api/v1/registry/${kind}?limit=3`);
                for (const thing of list.items) {
                    const id = encodeURIComponent(thing.id ?? thing.code);
                    const before = await call(hub, "GET", `/api/v1/registry/${kind}/${id}`);
                    await page.goto(`${base}/so-dang-ky/${kind}/${id}`);
                    await page.fill("textarea[name=reason] >> nth=0", "không đổi gì");
                    await page.click("button:text-is('Lưu')");
                    const after = await call(hub, "GET", `/api/v1/registry/${kind}/${id}`);
                    check(await page.isVisible("p.done"), `${kind} ${id} unchanged is refused: ${await page.innerText("main").catch(() => "")}`.slice(0, 400));
                    check(before[2] === after[2], `${kind} ${id} is changed by its form: ${JSON.stringify(before[1])} ${JSON.stringify(after[1])}`);
                }
            }
        });
    }
    // The architect proposes another edition of a term.
    await journey("huong-tt", js, async (page) => {
        await page.goto(`${base}/tu-dien/${encodeURIComponent("ndg:ID-011")}`);
        await page.click("a:text-is('Sửa')");
        const version = await page.inputValue("input[name='versions.version']");
        await page.fill("input[name='versions.version']", js ? "7.0.0" : "8.0.0");
        await page.selectOption("select[name='versions.status']", "proposed");
        await page.fill("textarea[name=reason] >> nth=0", "để hỏi ý kiến");
        await page.click("button:text-is('Lưu')");
        await done(page, "another edition");
        check((await page.innerText("main")).includes(version) && (await page.innerText("main")).includes(js ? "7.0.0" : "8.0.0"), "an edition is missing");
    });
    // The administrator makes an account; its owner sets a password, changes it, and is disabled.
    const name = `moi-${way}`;
    let invitation = "";
    const [first, second] = ["một mật khẩu đủ dài để đứng riêng", "một mật khẩu khác cũng đủ dài như vậy"];
    await journey("phuc-tt", js, async (page) => {
        await page.goto(`${base}/tai-khoan`);
        await page.click("a:text-is('Tài khoản mới')");
        await page.fill("input[name=name]", name);
        await page.fill("input[name=person]", "Người Mới <i>");
        await page.selectOption("select[name=type]", "operator");
        await page.fill("input[name=agency]", "VN/LOC/H05");
        await page.check("input[name='roles.auditor']");
        await page.fill("textarea[name=reason]", "phân công");
        await page.click("button:text-is('Lưu')");
        check(await page.isVisible(".problem"), "a role of the hub is given at an agency");
        check(await page.isChecked("input[name='roles.auditor']"), "what was ticked is lost");
        await page.uncheck("input[name='roles.auditor']");
        await page.check("input[name='roles.innovator']");
        await page.click("button:text-is('Lưu')");
        invitation = await page.innerText("code.secret");
        check(invitation.length > 10, "no invitation is shown");
    });
    await fresh(js, async (page) => {
        await page.goto(`${base}/kich-hoat`);
        await page.fill("input[name=invitation]", "sai");
        await page.click("main form button");
        check(await page.isVisible(".problem"), "a wrong invitation is taken");
        // The link is as good as the invitation at its end.
        await page.fill("input[name=invitation]", `${base}/kich-hoat#${invitation}`);
        await page.click("main form button");
        check((await page.innerText("main")).includes("Người Mới <i>"), "whose invitation it is is not shown");
        check(await page.isVisible("svg.square"), "there is no picture for an authenticator");
        await shot(page, `enrol-${way}`);
        await page.fill("input[name=password]", first);
        await page.fill("input[name=again]", "khác");
        await page.click("main form button");
        check(await page.isVisible(".problem"), "two different passwords are taken");
        await page.fill("input[name=password]", first);
        await page.fill("input[name=again]", first);
        await page.click("main form button");
        check(page.url().includes("/dang-nhap"), `after enrolling: ${page.url()} ${await page.innerText("main")}`);
        await fill(page, { name, password: first });
        check(new URL(page.url()).pathname === "/toi", "the new password does not sign in");
        await page.goto(`${base}/mat-khau`);
        await page.fill("input[name=old]", first);
        await page.fill("input[name=password]", second);
        await page.fill("input[name=again]", second);
        await page.click("main form button");
        check(page.url().includes("/dang-nhap"), `after a new password: ${await page.innerText("main")}`);
        await fill(page, { name, password: second });
        check(new URL(page.url()).pathname === "/toi", "the second password does not sign in");
    });
    await journey("phuc-tt", js, async (page) => {
        await page.goto(`${base}/tai-khoan/${name}`);
        await page.fill("textarea[name=reason] >> nth=1", "thôi việc");
        await page.click("button[value=disable]");
        await done(page, "a disabled account");
        check((await page.innerText("main")).includes("đã khoá"), "the account is not disabled");
    });
    // The operator announces a suspension and ends it. Who watches hears of it without doing anything.
    const [, services] = await call(hub, "GET", "/api/v1/registry/services?owner=VN%2FGOV%2FG24");
    const service = services.items[0].id;
    const watcher = await context({ extraHTTPHeaders: { authorization: `Bearer ${hub}` }, javaScriptEnabled: js });
    const watching = await watcher.newPage();
    listen(watching);
    await watching.goto(`${base}/giam-sat`);
    if (js) await watching.waitForSelector(".pill b:text-is('Trực tiếp')");
    else check((await watching.innerText("main")).includes("Tự làm mới mỗi 30 giây"), "no renewal is offered without JavaScript");
    await journey("long-tt", js, async (page) => {
        await page.goto(`${base}/dich-vu/${encodeURIComponent(service)}`);
        await page.click("a:text-is('Thông báo tạm ngừng')");
        check((await page.inputValue("input[name=service]")) === service, "the service is not filled in");
        await page.selectOption("select[name=why]", "unplanned");
        await page.fill("main form.act textarea[name=reason]", `mất điện ${way}`);
        await page.click("button:text-is('Thông báo tạm ngừng')");
        await done(page, "a suspension");
        if (js) await watching.waitForSelector(`text=mất điện ${way}`, { timeout: 20000 });
        await page.click("summary:text-is('Kết thúc sớm') >> nth=0");
        await page.fill("details[open] input[name=reason]", "đã có điện");
        await page.click("details[open] button");
        await done(page, "an end");
    });
    await watcher.close();
}
// Without JavaScript a page renews itself if it is asked to.
{
    const answer = await fetch(`${base}/giam-sat?lam-moi=30`, { headers: { ...headers, accept: "text/html" } });
    check(answer.headers.get("refresh") === "30", "a page that is asked to does not renew itself");
}

// What somebody is typing is there again after the page was left; what was sent is not.
await journey("hoa-g15", true, async (page) => {
    const address = `${base}/so-dang-ky/databases/VNDB-009`;
    await page.goto(address);
    await page.fill("textarea[name=scope]", "đang gõ dở");
    await page.goto(`${base}/toi`);
    await page.goto(address);
    check((await page.inputValue("textarea[name=scope]")) === "đang gõ dở", "a draft is lost");
    check(await page.isVisible("#draft"), "nothing tells of the draft");
    await page.fill("textarea[name=reason] >> nth=0", "khai lại phạm vi");
    await page.click("button:text-is('Lưu')");
    await done(page, "a draft that was sent");
    await page.goto(address);
    check(!(await page.isVisible("#draft")), "what was sent is still a draft");
    // What another agency has is not theirs.
    await page.goto(`${base}/so-dang-ky/databases/VNDB-001`);
    await page.fill("textarea[name=scope]", "của cơ quan khác");
    await page.fill("textarea[name=reason] >> nth=0", "để thử");
    await page.click("button:text-is('Lưu')");
    check((await page.innerText(".problem")).includes("VN/GOV/G15") || (await page.isVisible(".problem")), "another agency's database is changed");
});

// Hostile text in every field: it is shown as it is, and does nothing.
{
    const evil = `"'><b data-evil="1">á</b><script>document.title="evil"</script>{{7*7}}⟧&amp;`;
    const both = { vi: evil, en: evil };
    const documents = [
        { kind: "Agency", id: "VN/GOV/X99", name: both, bloc: "government" },
        { kind: "System", id: "VN/GOV/X99/he", name: both },
        { kind: "Service", id: "VN/GOV/X99/he/dv", name: both, dataset: { key: "a", fields: [{ name: "a", label: both }] } },
        { kind: "Database", id: "CSDL-X99", name: both, scale: "sectoral", standing: "registered", class: "other", retention: "permanent", security_level: 1, personal_data: "none", priority: true, owner: "VN/GOV/X99", legal_basis: evil, scope: evil, data_sources: evil,
          users: evil, ways_of_use: evil, ways_of_sharing: evil, systems: ["VN/GOV/X99/he"], master_data: [{ code: "x99", name: both }], note: evil,
          declared: { stage: "building", since: "2026-01-01", evidence: evil } },
        { kind: "LegalBasis", code: "x99", ground: "law", citation: evil },
        { kind: "Purpose", code: "x99", name: both },
        { kind: "Duty", id: "x99", datum: "x99", receivers: ["VN/LOC/H05"], basis: "x99", standard: evil, service: "VN/GOV/X99/he/dv" },
        { kind: "Grant", id: "x99", client: "VN/LOC/H05/mot-cua", service: "VN/GOV/X99/he/dv", uses: [{ purpose: "x99", basis: "x99" }], fields: ["a"], per_second: 1, valid_to: "2027-01-01" },
    ];
    const [status, told] = await call(hub, "POST", "/api/v1/apply", { documents, reason: evil });
    check(status === 200, `hostile text is refused: ${JSON.stringify(told)}`);
    const terms = await call(token("huong-tt"), "GET", `/api/v1/registry/terms/${encodeURIComponent("ndg:ID-011")}`);
    const edition = { ...terms[1].versions.at(-1), version: "9.0.0", status: "proposed", name: both, definition: evil, context: evil, entity: evil, documents: [evil], synonyms: [evil], business: evil,
        format: evil, relation: evil, technical: evil, values: [evil], normalisation: evil, api: evil, mapping: evil, validation: evil, source: evil };
    const term = { kind: "Term", id: "ndg:X-99", versions: [{ ...edition, version: "1.0.0", technical_name: "X99", related: [] }] };
    const list = { kind: "CodeList", id: "x99", name: both, owner: "VN/GOV/G15", source: evil, note: evil, codes: [{ code: "1", vi: evil, en: evil }] };
    const dictionary = await call(token("huong-tt"), "POST", "/api/v1/apply", { documents: [list, term], reason: evil });
    check(dictionary[0] === 200, `hostile words are refused: ${JSON.stringify(dictionary[1])}`);
    await call(token("long-tt"), "POST", "/api/v1/suspensions", { service: "VN/GOV/X99/he/dv", why: "unplanned", reason: evil });
    const asking = { type: "on_request", mode: "query", client: "VN/LOC/H05/mot-cua", service: "VN/GOV/X99/he/dv", uses: [{ purpose: "x99", basis: "x99" }], fields: ["a"], per_second: 1,
        volume: evil, valid_to: "2027-06-01", statement: evil };
    const asking_told = await call(token("nam-h05"), "POST", "/api/v1/requests", { asking });
    check(asking_told[0] === 200, `a hostile request is refused: ${JSON.stringify(asking_told[1])}`);
    const request = asking_told[1]?.request?.id;
    await call(token("nam-h05"), "POST", `/api/v1/requests/${request}/acts`, { act: "comment", text: evil });
    const seen = await context({ extraHTTPHeaders: headers });
    const page = await seen.newPage();
    listen(page);
    const S = "VN%2FGOV%2FX99%2Fhe%2Fdv";
    for (const address of [
        "/", "/co-so-du-lieu", ...["tong-quan", "du-lieu", "dich-vu", "ai-dung", "phap-ly", "nhat-ky"].map((tab) => `/co-so-du-lieu/CSDL-X99?muc=${tab}`), "/uu-tien", "/chat-luong",
        "/nghia-vu", "/nghia-vu/x99", "/dich-vu", `/dich-vu/${S}`, "/tu-dien?domain=" + (edition.domain ?? ""), "/tu-dien/ndg%3AX-99", "/danh-muc/x99", "/co-quan", "/co-quan/VN%2FGOV%2FX99",
        "/yeu-cau", `/yeu-cau/${request}`, "/quyen/x99", "/giam-sat", "/vet", "/tam-ngung", "/so-dang-ky/databases", "/so-dang-ky/databases/CSDL-X99", `/so-dang-ky/services/${S}`,
        "/so-dang-ky/terms/ndg%3AX-99", "/so-dang-ky/terms/ndg%3AX-99?dang=van-ban", "/so-dang-ky/codelists/x99", "/so-dang-ky/bases/x99", "/so-dang-ky/duties/x99", "/yeu-cau/moi",
        `/tim?q=${encodeURIComponent(evil)}`, `/co-so-du-lieu?owner=${encodeURIComponent(evil)}`, `/dang-ky/databases?scope=${encodeURIComponent(evil)}`, `/tu-dien?domain=${encodeURIComponent(evil)}`,
        `/${encodeURIComponent(evil)}`, `/co-so-du-lieu/${encodeURIComponent(evil)}`, `/danh-muc/x99?on=${encodeURIComponent(evil)}`, `/dang-nhap?next=${encodeURIComponent(evil)}`,
    ]) for (const lang of ["vi", "en"]) {
        const answer = await page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${lang}`);
        check(answer.status() < 500, `${address}: ${answer.status()}`);
        check((await page.locator("[data-evil]").count()) === 0 && (await page.title()) !== "evil", `${address}: hostile text is markup`);
        const text = await page.innerText("body");
        check(!text.includes("&amp;amp;") && !text.includes("&lt;"), `${address}: a text is escaped twice`);
    }
    await page.goto(`${base}/dich-vu/${S}`);
    check((await page.innerText("h1")).includes("{{7*7}}"), "hostile text is not shown as it is");
    const csv = await (await fetch(`${base}/so-dang-ky/bases?format=csv`, { headers })).text();
    check(csv.includes("x99"), "the CSV of hostile things is empty");
    await seen.close();
}
tell("what the pages can enter");

// Broken filters in the address are told, not fallen over.
for (const address of ["/co-so-du-lieu?standing=sai", "/co-so-du-lieu?priority=co", "/nghia-vu?after=%FF", "/vet?before=x", "/tim?q=" + "a".repeat(5000), "/yeu-cau?waiting=2", "/danh-muc/gioi-tinh?on=32/13/2026", "/tu-dien?after=" + "%00", "/giam-sat?lam-moi=%0d%0aX:1"]) {
    for (const accept of ["text/html", "application/json", "text/csv"]) {
        const answer = await fetch(`${base}${address}`, { headers: { ...headers, accept } });
        check(answer.status < 500, `${address} as ${accept}: ${answer.status}`);
    }
}

// A session that ends while somebody types: what was typed waits behind the sign-in.
await journey("nam-h05", true, async (page) => {
    await page.goto(asked.true);
    await page.click("summary:text-is('Ghi ý kiến')");
    await page.locator("form.act", { has: page.locator("button[value=comment]") }).locator("textarea[name=text]").fill("điều tôi vừa gõ xong");
    await page.context().clearCookies();
    await page.click("button[value=comment]");
    check((await page.innerText("main")).includes("được giữ lại"), "what was typed is not kept");
    await fill(page, person("nam-h05"));
    check((await page.inputValue("textarea[name=text]")) === "điều tôi vừa gõ xong", "what was typed is lost");
    await page.click("main form.act button");
    await done(page, "what was kept");
    check((await page.innerText("main")).includes("điều tôi vừa gõ xong"), "what was kept was not sent");
});

// By keyboard: the first stop leads past the navigation, `/` to the search box.
await journey("nam-h05", true, async (page) => {
    await page.keyboard.press("Tab");
    check(await page.evaluate(() => document.activeElement.classList.contains("skip")), "the first stop does not skip");
    await page.keyboard.press("Enter");
    check(await page.evaluate(() => document.activeElement.id === "main"), "skipping leads nowhere");
    await page.keyboard.press("/");
    check(await page.evaluate(() => document.activeElement.id === "q"), "/ does not lead to the search");
    await page.keyboard.type("ha giang");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/tim?q=ha+giang");
    check((await page.innerText("main")).includes("Hết hiệu lực"), "an old name of a unit is not found");
});

// Forged forms: without the guard nothing is done; from another site nobody is signed in.
await journey("tuan-g03", true, async (page) => {
    const answer = await page.request.post(`${asked.true}/viec`, { form: { act: "comment", text: "giả mạo", key: "x" }, maxRedirects: 0 });
    check(answer.status() === 403, `a form without its guard: ${answer.status()}`);
    const foreign = await page.request.post(`${base}/dang-nhap`, {
        form: { name: "lan-g01", password: person("lan-g01").password }, headers: { origin: "https://evil.example" }, maxRedirects: 0,
    });
    check(foreign.status() === 403, `a sign-in from another site: ${foreign.status()}`);
    const led = await page.request.post(`${base}/dang-nhap`, {
        form: { name: "tuan-g03", password: person("tuan-g03").password, next: "//evil.example" }, headers: { origin: base }, maxRedirects: 0,
    });
    check(led.headers().location === "/toi", `led away to ${led.headers().location}`);
});

// The operator comes last: a node is killed for it.
kill(path.dirname(accounts), "G03.nut-1");
// Quality: an officer's way down to a rule, a leader's way to what is overdue, a consumer's report.
for (const [lang, js] of [["vi", true], ["en", false]]) {
    const seen = { base, lang, check, done, shot, accessible: js ? accessible : async () => {}, narrow };
    await journey("thu-g15", js, (page) => quality.officer(page, { ...seen, agency: "VN/GOV/G15" }));
    await journey("son-tt", js, (page) => quality.leader(page, seen));
}
await journey("nam-h05", true, (page) => quality.consumer(page, { base, check, done, shot, accessible, service: "VN/GOV/G15/ho-tich/khai-sinh", field: "noi_sinh" }));
for (const [lang, js] of [["vi", true], ["en", false]]) {
    await journey("long-tt", js, (page) => operator(page, { base, lang, subject: "VN/GOV/G03/nut-1", check, done, shot, accessible: js ? accessible : async () => {}, narrow }));
}

await browser.close();
console.log(`${addresses.length + FOR_EVERYBODY.length} pages, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);
