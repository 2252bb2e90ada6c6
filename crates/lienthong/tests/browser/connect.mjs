// From a table to a service, at /ket-noi: what is broken is told, terms are proposed, and what nobody has decided is not published.

// As `lienthong source inspect` draws it up.
const DRAFT = `source: { name: giao-duc-cu, url: "postgres://doc@db/giao_duc", refresh_seconds: 300, connections: 2, statement_seconds: 30 }
table: TBL_GIAOVIEN
name: { vi: TBL_GIAOVIEN, en: TBL_GIAOVIEN }
key: so_cccd
fields:
${[
    ["so_cccd", "SoCCCD", "varchar(12)", "person_id", "personal?", "unique: true, filter: true", "lengths: [12, 12], digits: 1.0, twelve: 1.0"],
    ["ho_ten", "HoTen", "varchar(100)", "name", "personal?", "filter: false", "lengths: [8, 30], people: 1.0"],
    ["ngay_sinh", "NgaySinh", "varchar(10)", "date", "personal?", "filter: false", "lengths: [10, 10], days: 1.0"],
    ["ngay_tao", "NgayTao", "timestamp", "moment", "internal?", "filter: false", "lengths: [19, 19], moments: 1.0"],
].map(([name, column, declared, kind, guess, more, looks]) => `- { name: ${name}, column: ${column}, declared: "${declared}", kind: ${kind}, label: { vi: ${column}, en: ${column} },
    class: "${guess}", ${more}, profile: { rows: 500, filled: 480, distinct: 480, ${looks} } }`).join("\n")}
`;

export const connect = async (page, { base, js, way, check, done, shot, accessible, narrow, ask }) => {
    const service = `VN/GOV/G03/giao-duc/giao-vien-${way}`;
    const [propose, publish] = ["button:text-is('Đề xuất thuật ngữ')", "button:text-is('Công bố dịch vụ')"];
    await page.goto(`${base}/dich-vu`);
    await page.click("a:text-is('Kết nối cơ sở dữ liệu')");
    await page.fill("textarea[name=text]", "table: [hỏng");
    await page.click(propose);
    check((await page.innerText(".problem")).includes("source inspect"), "what is no draft is taken");
    check((await page.inputValue("textarea[name=text]")) === "table: [hỏng", "a draft that was refused is lost");
    if (js) {
        await page.setInputFiles("input[type=file]", { name: "draft.yaml", mimeType: "application/yaml", buffer: Buffer.from(DRAFT) });
        await page.waitForSelector("[data-fills] [role=status]:text-is('draft.yaml')");
    } else {
        check(!(await page.isVisible("input[type=file]")), "a file is asked for that nothing reads");
        await page.fill("textarea[name=text]", DRAFT);
    }
    await page.click(propose);
    const proposed = async (when) => {
        const text = await page.innerText("form.review");
        check(text.includes("ndg:ID-001") && text.includes("tên giống") && text.includes("480 trên 500"), `${when}: ${text}`);
    };
    await proposed("what is proposed");
    for (const number of [0, 1, 2, 3]) check((await page.inputValue(`select[name='f.${number}.class']`)) === "", "a guess is chosen already");
    const typed = { "input[name=service]": service, "input[name='name.vi']": "Giáo viên <i>", "input[name='name.en']": "Teachers", "input[name='f.0.name']": "so_dinh_danh",
        "input[name='f.2.other']": "ndg:ID-003", "textarea[name=reason]": "chia sẻ danh sách giáo viên" };
    for (const [field, text] of Object.entries(typed)) await page.fill(field, text);
    await page.selectOption("select[name='f.0.class']", "personal");
    await page.selectOption("select[name='f.3.class']", "out");
    // A browser asks for what is required; the hub does so as well.
    await page.locator("form.review").evaluate((form) => { form.noValidate = true; });
    await page.click(publish);
    const refused = await page.innerText(".problem");
    check(refused.includes("ho_ten") && !refused.includes("so_dinh_danh") && !refused.includes("ngay_tao"), `what is not decided: ${refused}`);
    check((await page.locator("select[aria-invalid]").count()) === 2, "what is not decided is not marked");
    for (const [field, text] of Object.entries(typed)) check((await page.inputValue(field)) === text, `${field} is lost`);
    check((await page.inputValue("select[name='f.0.class']")) === "personal" && (await page.inputValue("select[name='f.3.class']")) === "out", "a decision is lost");
    await proposed("what is proposed, again");
    if (js) await accessible(page, "/ket-noi, a review");
    await shot(page, `connect-${way}`);
    await narrow(page, "/ket-noi, a review");
    for (const number of [1, 2]) await page.selectOption(`select[name='f.${number}.class']`, "personal");
    await page.click(publish);
    await done(page, "a draft");
    const lines = await page.innerText("pre");
    check(lines.includes("[[sources]]") && lines.includes(`id = "${service}"`) && lines.includes('so_dinh_danh = "SoCCCD"'), `lines for the node: ${lines}`);
    await narrow(page, "/ket-noi, published");
    if (js) await accessible(page, "/ket-noi, published");
    const [, made] = await ask(`/api/v1/registry/services/${encodeURIComponent(service)}`);
    check(made?.dataset?.key === "so_dinh_danh" && made.dataset.fields.length === 3, `the service is ${JSON.stringify(made)}`);
    await page.click("main dl a >> nth=0");
    const shown = await page.innerText("main");
    check(shown.includes("Giáo viên <i>") && shown.includes("so_dinh_danh") && shown.includes("nháp"), `the service's page: ${shown}`);
};
