// The console in Debian's Chromium: every page in both languages before axe, at 320 pixels, in high contrast and on paper; a journey for
// each role, with JavaScript and without; what a visitor may get wrong.
//
// console.mjs BASE ACCOUNTS OUT: the hub's address, the demo's accounts.json, a folder for screenshots. Prints what failed; ends with 1
// if anything did.

import { createHmac } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

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
    "/co-so-du-lieu/VNDB-001", "/co-so-du-lieu/VNDB-020", "/nghia-vu", "/nghia-vu/*", "/dich-vu",
    "/dich-vu/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi", "/tu-dien", "/tu-dien?domain=address", "/tu-dien/ndg%3AID-004", "/danh-muc/gioi-tinh",
    "/danh-muc/dan-toc?on=2008-01-01", "/co-quan", "/co-quan/VN%2FGOV%2FG01", "/yeu-cau", "/yeu-cau?state=granted", "/yeu-cau/moi",
    "/yeu-cau/*", "/quyen", "/quyen/*", "/giam-sat", "/vet", "/tai-khoan", "/tim?q=bac+giang", "/tim?q=qwxz", "/tim", "/toi",
    "/tro-giup", "/trang-thai", "/khong-co-trang-nay", "/co-so-du-lieu/KHONG-CO", "/yeu-cau?state=sai",
];
const FOR_EVERYBODY = ["/dang-nhap", "/tro-giup", "/trang-thai"];
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
    const seen = await context({ extraHTTPHeaders: open ? {} : plain === "/tai-khoan" ? visited : headers });
    const page = await seen.newPage();
    listen(page);
    const bodies = [];
    page.on("response", (response) => {
        check(response.url().startsWith(base), `${plain}: loads ${response.url()}`);
        bodies.push(response.body().catch(() => ""));
    });
    const answer = await page.goto(`${base}${plain}${plain.includes("?") ? "&" : "?"}lang=${lang}`, { waitUntil: "load" });
    const text = await page.innerText("body");
    check(answer.status() < 500, `${plain}: ${answer.status()} ${text}`);
    check(!/⟦|\{[a-z_]+\}/.test(text), `${plain} ${lang}: words are missing`);
    check((await page.getAttribute("html", "lang")) === lang, `${plain}: another language`);
    const axe = async (contrast) => {
        await page.emulateMedia({ contrast });
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
        // The new way opens a second page for the result and waits for it half a minute.
        const found = await new AxeBuilder({ page }).setLegacyMode(true).withTags(tags).analyze();
        for (const one of found.violations) failures.push(`${plain} ${lang} ${contrast}: axe ${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
    };
    await axe("no-preference");
    const weight = (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);
    check(weight <= WEIGHT_MAX, `${plain}: weighs ${weight} bytes`);
    await shot(page, `${named(plain)}${open ? "-open" : ""}-${lang}`);
    await page.setViewportSize({ width: 320, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= 320, `${plain} ${lang}: ${wide} pixels wide at 320`);
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
for (const address of ["/co-so-du-lieu", "/nghia-vu", "/dich-vu", "/tu-dien", "/co-quan", "/yeu-cau", "/quyen", "/vet", "/danh-muc/gioi-tinh", "/tim?q=nguoi"]) {
    const and = address.includes("?") ? "&" : "?";
    const get = (more, accept) => fetch(`${base}${address}${more}`, { headers: { ...headers, accept } });
    const view = await (await get("", "application/json")).json();
    const csv = await (await get(`${and}format=csv`, "*/*")).text();
    const html = (await (await get("", "text/html")).text()).replaceAll("&#x2f;", "/");
    const first = view.items[0];
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
    check(page.url() === `${base}/toi`, `${name} is not led back: ${page.url()} ${await page.innerText("main")}`);
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

let asked = {};
for (const js of [true, false]) {
    // The integrator searches for a service and asks for it.
    await journey("nam-h05", js, async (page) => {
        await page.fill("#q", "hoc sinh");
        await page.click(".find button");
        await page.click("ul.hits a >> nth=0");
        await page.click("text=/Xin quyền khai thác/ >> nth=0");
        await page.selectOption("select[name=purpose]", "nhap-hoc");
        await page.selectOption("select[name=basis]", "nq-66.7-2025");
        await page.fill("input[name=fields]", "so_dinh_danh, lop");
        await page.fill("input[name=volume]", "20 lượt mỗi ngày");
        await page.fill("input[name=valid_to]", "2025-01-01");
        await page.fill("textarea[name=statement]", "Xác nhận nơi học\nkhi giải quyết trợ cấp <b>");
        await page.click("main form.act button");
        check(await page.isVisible(".problem"), "a day that is over is taken");
        check((await page.inputValue("textarea[name=statement]")).includes("<b>"), "what was typed is lost");
        await page.fill("input[name=valid_to]", "2027-06-01");
        await page.click("main form.act button");
        await done(page, "a request");
        asked[js] = page.url().split("?")[0];
    });
    // The owner of the data decides: first with nothing said, then with words.
    await journey("tuan-g03", js, async (page) => {
        await page.goto(`${base}/yeu-cau?waiting=true`);
        check((await page.innerText("main")).includes(asked[js].split("/").pop()), "what waits for the owner is not shown");
        await page.goto(asked[js]);
        await page.fill("textarea[name=text] >> nth=0", "Đồng ý nội dung");
        await page.click("button[value=do]");
        await done(page, "the owner's decision");
    });
    // The hub's officer gives it its appraisal.
    await journey("giang-tt", js, async (page) => {
        await page.goto(asked[js]);
        await page.fill("textarea[name=text] >> nth=0", "Đạt yêu cầu kỹ thuật");
        await page.click("button[value=do]");
        await done(page, "the hub's decision");
        check((await page.innerText(".way")).includes("Lắp đặt nút"), "the next step is not shown");
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
        const grant = grants.items[0].id;
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
        check(text.includes("VN/GOV/G01/nut-1"), "the nodes are not shown");
        check(text.includes("LT-"), "what failed has no cause");
    });
    // The auditor reads everything and changes nothing.
    await journey("kim-tt", js, async (page) => {
        await page.click("footer a[href='/vet']");
        check((await page.innerText("main")).includes("hết nhu cầu"), "the revocation is not in the trail");
        await page.goto(asked[js]);
        check((await page.locator("main form.act").count()) === 0, "an auditor is offered something to do");
        await page.click("header .who button");
        await page.goto(`${base}/vet`);
        check(page.url().includes("/dang-nhap"), "signed out, and still in");
    });
}

// A session that ends while somebody types: what was typed waits behind the sign-in.
await journey("nam-h05", true, async (page) => {
    await page.goto(asked.true);
    await page.locator("form.act textarea[name=text]").last().fill("điều tôi vừa gõ xong");
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
    check(led.headers().location === "/", `led away to ${led.headers().location}`);
});

await browser.close();
console.log(`${addresses.length + FOR_EVERYBODY.length} pages, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);
