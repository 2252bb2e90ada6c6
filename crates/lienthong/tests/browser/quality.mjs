// Quality of data as people look at it: an officer follows a low number of her agency down to its rule and to the command that finds the
// failing records at her own node; a leader sees the heat map and what is overdue; a consumer reports a defect that it met in an exchange.

/// What is measured, as the API has it; nodes measure while the nation's day begins.
const waiting = async (page, base) => {
    for (const begun = Date.now(); Date.now() - begun < 120000; await page.waitForTimeout(1000)) {
        const view = await (await page.request.get(`${base}/chat-luong?format=json`)).json();
        if (view.measured >= 5) return view;
    }
    return await (await page.request.get(`${base}/chat-luong?format=json`)).json();
};

/// What a page says in Vietnamese to whoever reads English, but for what it marks as that: names of places and codes of lists.
const tongue = async (page, lang, check) => {
    if (lang !== "en") return;
    const found = await page.evaluate(() => {
        const letters = /[à-ãè-êìíò-õùúýăđĩũơưạ-ỹ]/i;
        const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
        const said = [];
        while (walker.nextNode()) {
            const { parentElement: of, textContent } = walker.currentNode;
            // What rules quote of the language that they are about.
            const text = textContent.replaceAll("Liên Thông", "").replace(/\(hòa, thủy\)|"không rõ"|Đ \(U\+0110\), not Ð or Ɖ/g, "");
            if (letters.test(text) && !of.closest("[lang=vi], code, pre, datalist, svg, script, style")) said.push(text.trim().slice(0, 90));
        }
        return said;
    });
    check(found.length === 0, `${new URL(page.url()).pathname} says in Vietnamese: ${found.slice(0, 5).join(" | ")}`);
};

/// The officer's way, in `lang`.
export const officer = async (page, { base, lang, agency, check, shot, accessible, narrow }) => {
    const go = (address) => page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${lang}`);
    // A link keeps to the language of the head, not to that of one address.
    const again = () => go(new URL(page.url()).pathname);
    const view = await waiting(page, base);
    check(view.measured >= 5, `${view.measured} databases are measured`);
    await go(`/chat-luong/co-quan/${encodeURIComponent(agency)}`);
    check((await page.locator(".dials li").count()) === 7, "an agency has no seven dials");
    check((await page.locator(".dials svg[role=img][aria-label]").count()) === 7, "a dial says nothing to who does not see it");
    await accessible(page, `the scorecard ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `quality-card-${lang}`);
    await page.emulateMedia({ media: "print" });
    // A4 without its margins, at 96 dots an inch.
    await page.setViewportSize({ width: 700, height: 1000 });
    const height = await page.evaluate(() => document.querySelector(".sheet").getBoundingClientRect().height);
    check(height <= 1040, `the scorecard is ${height} dots long on paper`);
    check(!(await page.isVisible("header")) && (await page.isVisible("h1")), "the scorecard is printed with what is for the screen");
    await shot(page, `quality-card-print-${lang}`);
    await page.emulateMedia({ media: "screen" });
    await page.setViewportSize({ width: 1280, height: 900 });
    // From the agency to its database, the dataset, its worst field, and the rule behind that.
    await page.click("#csdl tbody th a >> nth=0");
    check(new URL(page.url()).pathname.startsWith("/chat-luong/csdl/"), `the agency leads to ${page.url()}`);
    await page.click("#du-lieu tbody th a >> nth=0");
    check(new URL(page.url()).pathname.startsWith("/chat-luong/du-lieu/"), `the database leads to ${page.url()}`);
    await again();
    await tongue(page, lang, check);
    await shot(page, `quality-dataset-${lang}`);
    await page.click("#sua-truoc tbody th a >> nth=0");
    await again();
    check(new URL(page.url()).pathname.includes("/quy-tac/"), `what to repair first leads to ${page.url()}`);
    const counted = (name) => page.locator(`[data-figure='${name}']`).first().getAttribute("value");
    const [pass, fail, judged] = await Promise.all(["rule.pass", "rule.fail", "rule.judged"].map(counted));
    check(Number(pass) + Number(fail) === Number(judged) && Number(fail) > 0, `${pass} and ${fail} of ${judged}`);
    const command = await page.innerText("#khoa pre >> nth=0");
    const [, service, , rule] = new URL(page.url()).pathname.match(/du-lieu\/([^/]+)\/(quy-tac)\/([^/]+)/) ?? [];
    check(command.includes(`quality defects --dir /srv/nut ${decodeURIComponent(service)} --rule ${decodeURIComponent(rule)} --keys`), `the command: ${command}`);
    await accessible(page, `a rule ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `quality-rule-${lang}`);
    // The field, with what the column looks like.
    await page.click("dl.entry a[href*='/truong/']");
    await again();
    check((await page.locator("#ho-so .share").count()) > 0, "a field has no bars");
    await accessible(page, `a field ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `quality-field-${lang}`);
    await narrow(page, `a field ${lang}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `quality-field-390-${lang}`);
    await page.setViewportSize({ width: 1280, height: 900 });
};

/// The leader's way.
export const leader = async (page, { base, lang, check, shot, accessible, narrow }) => {
    const go = (address) => page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=${lang}`);
    await go("/chat-luong");
    check((await page.locator(".tile").count()) === 36, "the map has not 34 provinces and two archipelagos");
    check((await page.locator("#khoi td.heat").count()) >= 7, "there is no heat table by bloc");
    check((await page.locator("#csdl td.heat").count()) > 0, "there is no heat table of databases");
    await accessible(page, `quality ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `quality-${lang}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `quality-390-${lang}`);
    await narrow(page, `quality ${lang}`);
    await page.setViewportSize({ width: 1280, height: 900 });
    // A province has a square for each of its communes, and what was not measured is hatched.
    await go(`/chat-luong/co-quan/${encodeURIComponent("VN/LOC/H05")}`);
    const squares = await page.locator("#xa .tile").count();
    check(squares > 50, `${squares} communes are on the map`);
    const said = await page.locator("#xa").innerText();
    const measured = squares - (await page.locator("#xa .tile.not_measured").count());
    check([squares, measured].every((count) => said.includes(String(count))), `${squares} communes are drawn, ${measured} measured: ${said.slice(0, 200)}`);
    await accessible(page, `a province ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `quality-province-${lang}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `quality-province-390-${lang}`);
    await narrow(page, `a province ${lang}`);
    await page.setViewportSize({ width: 1280, height: 900 });
    await go("/chat-luong");
    // What is overdue: a figure that leads to the list that it counts.
    const late = Number(await page.locator("[data-figure='quality.defects_late']").first().getAttribute("value"));
    await page.click("#loi .late a");
    const listed = await (await page.request.get(`${base}/chat-luong/loi?late=true&format=json`)).json();
    check(listed.total === late, `${late} defects are late, their list has ${listed.total}`);
    await go("/chat-luong/loi?state=live&sort=-gain");
    check((await page.locator("tbody tr").count()) > 0, "no defect is there");
    await accessible(page, `defects ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `defects-${lang}`);
    await page.click("tbody th a >> nth=0");
    await go(new URL(page.url()).pathname);
    check((await page.locator("dl.entry dd").count()) > 6, "a defect says too little");
    await accessible(page, `a defect ${lang}`);
    await tongue(page, lang, check);
    await shot(page, `defect-${lang}`);
};

/// The consumer's way: a defect is reported by the exchange in which it was met.
export const consumer = async (page, { base, check, done, shot, accessible, service, field }) => {
    await page.goto(`${base}/chat-luong/bao-loi?service=${encodeURIComponent(service)}&field=${field}`);
    await page.selectOption("select[name=defect_kind]", "format");
    await page.fill("input[name=exchange]", "0193f7c2-7a51-7bb0-9c1e-3d1f5a2b6c7d");
    await page.fill("textarea[name=reason]", "số định danh 079203001234 sai");
    await page.click("main form.act > button:last-of-type");
    check((await page.innerText(".problem")).length > 20, "a person's number is taken");
    await accessible(page, "a report of a defect, with a mistake");
    await page.fill("textarea[name=reason]", "địa chỉ là của nơi ở trước đây");
    await page.click("main form.act > button:last-of-type");
    await done(page, "a report of a defect");
    check((await page.innerText("main")).includes("địa chỉ là của nơi ở trước đây"), "what was reported is not shown");
    await shot(page, "defect-reported");
};
