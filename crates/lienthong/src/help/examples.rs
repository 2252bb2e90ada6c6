//! Examples, one or two for each command. A test reads each as the program would.

use clap::Command;
use model::words::Language;

use crate::language::half;

/// Nouns of the registry, each with one of its things, for what can be done with all of them.
const NOUNS: &[(&str, &str)] = &[
    ("agency", "VN/GOV/G01"),
    ("system", "VN/GOV/G01/dan-cu"),
    ("service", "VN/GOV/G01/dan-cu/nguoi"),
    ("node", "VN/GOV/G01/nut-1"),
    ("purpose", "khai-sinh"),
    ("basis", "nd-278-2025"),
    ("codelist", "gioi-tinh"),
    ("crosswalk", "xa-2025"),
    ("term", "ndg:ID-001"),
    ("contract", "dan-cu.nguoi@1.0.0"),
    ("db", "VNDB-013"),
    ("duty", "dinh-danh"),
    ("pack", "on-request"),
    ("procedure", "1.001193@1"),
    ("scope", "dan-cu-nguoi@1"),
    ("reuse-pack", "tai-su-dung@1"),
    ("grant", "tinh-nguoi"),
    ("directive", "cd-103-2025"),
    ("task", "cd-103-2025.R3"),
];

/// What can be done with all of them. `NOUN` and `ID` are of the list above.
const VERBS: &[(&str, &[&str])] = &[
    ("list", &["lienthong NOUN list", "lienthong NOUN list -o xlsx > NOUN.xlsx"]),
    ("get", &["lienthong NOUN get ID > NOUN.yaml"]),
    ("put", &["lienthong NOUN put -f NOUN.yaml --reason \"sửa tên | a name corrected\""]),
    ("remove", &["lienthong NOUN remove ID --reason \"không còn dùng | no longer in use\""]),
    ("history", &["lienthong NOUN history ID"]),
];

/// Of all other commands. What stands in quotes is said in both languages.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("demo", &["lienthong demo", "lienthong demo --once --persons 2000"]),
    ("login", &["lienthong login --officer lan.json"]),
    ("logout", &["lienthong logout"]),
    ("whoami", &["lienthong whoami"]),
    ("explain", &["lienthong explain LT-2104"]),
    ("completions", &["lienthong completions bash > lienthong.bash"]),
    ("help", &["lienthong help grant revoke"]),
    ("overview", &["lienthong overview", "lienthong overview -o json"]),
    (
        "search",
        &[
            "lienthong search \"hộ chiếu | ho chieu\"",
            "lienthong search --kind Term \"ngày sinh | ngay sinh\"",
        ],
    ),
    ("db status", &["lienthong db status", "lienthong db status VNDB-013"]),
    ("db overlap", &["lienthong db overlap", "lienthong db overlap VNDB-013"]),
    ("db claims", &["lienthong db claims --owner VN/GOV/G01"]),
    ("db confirm", &["lienthong db confirm VNDB-013 --all --reason \"đã đối chiếu | compared\""]),
    (
        "db take-back",
        &["lienthong db take-back VNDB-013 --service VN/GOV/G01/dan-cu/nguoi --reason \"nhầm | a mistake\""],
    ),
    ("db lists", &["lienthong db lists"]),
    (
        "db import",
        &[
            "lienthong db import --list nq-71-2025 -f list.xlsx --reason \"bản ban hành | as it was issued\" --dry-run",
        ],
    ),
    ("db catalogue-quality", &["lienthong db catalogue-quality"]),
    ("db catalogue", &["lienthong db catalogue > catalogue.ttl"]),
    ("db open-data", &["lienthong db open-data", "lienthong db open-data -o csv > open-data.csv"]),
    ("duty status", &["lienthong duty status", "lienthong duty status dinh-danh"]),
    (
        "request open",
        &["lienthong request template > request.yaml", "lienthong request open -f request.yaml"],
    ),
    ("request template", &["lienthong request template > request.yaml"]),
    ("request list", &["lienthong request list --waiting"]),
    ("request get", &["lienthong request get YC-2026-000001"]),
    ("request do", &["lienthong request do YC-2026-000001 consent --text \"đồng ý | agreed\""]),
    (
        "request refuse",
        &[
            "lienthong request refuse YC-2026-000001 consent --basis nd-278-2025 --text \"luật hạn chế | the law restricts it\"",
        ],
    ),
    (
        "request return",
        &["lienthong request return YC-2026-000001 --text \"thiếu căn cứ | the basis is missing\""],
    ),
    (
        "request amend",
        &["lienthong request amend YC-2026-000001 -f request.yaml --text \"đã bổ sung | completed\""],
    ),
    (
        "request withdraw",
        &["lienthong request withdraw YC-2026-000001 --text \"không cần nữa | no longer needed\""],
    ),
    (
        "request paper",
        &[
            "lienthong request paper YC-2026-000001 dispatch --text \"số 12/CV | no. 12/CV\"",
            "lienthong request paper YC-2026-000001 dispatch --text \"số 12/CV | no. 12/CV\" --file cong-van.pdf",
        ],
    ),
    ("request file", &["lienthong request file YC-2026-000001 3 --out cong-van.pdf"]),
    ("request tick", &["lienthong request tick YC-2026-000001 keys --text \"đã kiểm | checked\""]),
    ("request comment", &["lienthong request comment YC-2026-000001 --text \"xin gọi lại | please call\""]),
    ("grant revoke", &["lienthong grant revoke tinh-nguoi --reason \"không còn cần | no longer needed\""]),
    (
        "grant renew",
        &["lienthong grant renew tinh-nguoi --until 2027-12-31 --reason \"còn cần | still needed\""],
    ),
    ("grant conspicuous", &["lienthong grant conspicuous --unused-days 90"]),
    ("suspension list", &["lienthong suspension list --past"]),
    (
        "suspension announce",
        &[
            "lienthong suspension announce --service VN/GOV/G01/dan-cu/nguoi --why planned --to 2026-12-11T02:00:00+07:00 --reason \"nâng cấp | an upgrade\"",
        ],
    ),
    ("suspension end", &["lienthong suspension end TN-2026-000001 --reason \"xong sớm | done early\""]),
    ("usage days", &["lienthong usage days --service VN/GOV/G01/dan-cu/nguoi --days 7"]),
    ("usage pairs", &["lienthong usage pairs --agency VN/LOC/H05 --differing"]),
    (
        "usage month",
        &[
            "lienthong usage month --owner VN/GOV/G01 --month 2026-11",
            "lienthong usage month --owner VN/GOV/G01 --month 2026-11 -o xlsx > 2026-11.xlsx",
        ],
    ),
    ("usage live", &["lienthong usage live --minutes 15"]),
    (
        "contract import",
        &[
            "lienthong contract import --service VN/GOV/G01/dan-cu/nguoi -f contract.yaml --reason \"bản đầu | the first version\"",
        ],
    ),
    ("contract export", &["lienthong contract export dan-cu.nguoi@1.0.0 > contract.yaml"]),
    ("contract draft", &["lienthong contract draft VN/GOV/G01/dan-cu/nguoi > contract.yaml"]),
    ("contract diff", &["lienthong contract diff dan-cu.nguoi@1.0.0 dan-cu.nguoi@1.1.0"]),
    ("procedure show", &["lienthong procedure show", "lienthong procedure show 1.001193@1"]),
    ("case list", &["lienthong case list --system VN/LOC/H05/mot-cua --token mot-cua.token --state late"]),
    (
        "case show",
        &["lienthong case show bcdfghjkmnpqrstvwx --system VN/LOC/H05/mot-cua --token mot-cua.token"],
    ),
    (
        "case log",
        &["lienthong case log bcdfghjkmnpqrstvwx --system VN/LOC/H05/mot-cua --token mot-cua.token"],
    ),
    (
        "case open",
        &[
            "lienthong case open -f mo-ho-so.json --key HS-0001 --system VN/LOC/H05/mot-cua --token mot-cua.token",
        ],
    ),
    ("procedure check", &["lienthong procedure check 1.001193@1"]),
    ("procedure published", &["lienthong procedure published"]),
    ("procedure export", &["lienthong procedure export --out thu-tuc.xlsx"]),
    (
        "procedure import",
        &["lienthong procedure import -f thu-tuc.xlsx --reason \"thủ tục mới | new procedures\" --dry-run"],
    ),
    ("dictionary export", &["lienthong dictionary export --format xlsx --out dictionary.xlsx"]),
    (
        "dictionary import",
        &["lienthong dictionary import -f dictionary.xlsx --reason \"thuật ngữ mới | new terms\" --dry-run"],
    ),
    ("codelist codes", &["lienthong codelist codes gioi-tinh --on 2026-11-25"]),
    ("crosswalk follow", &["lienthong crosswalk follow xa-2025 27043"]),
    ("apply", &["lienthong apply -f registry.yaml --reason \"nạp lần đầu | first load\" --dry-run"]),
    ("diff", &["lienthong diff -f registry.yaml"]),
    ("export", &["lienthong export --out registry.yaml"]),
    ("seed", &["lienthong seed --reason \"bộ khởi đầu | what a hub begins with\" --dry-run"]),
    (
        "source inspect",
        &[
            "lienthong source inspect sqlite:dan-cu.db --table nguoi --out draft.yaml",
            "lienthong source inspect postgres://reader@127.0.0.1/dan_cu --password-file password.txt",
        ],
    ),
    ("source bind", &["lienthong source bind draft.yaml"]),
    (
        "source decide",
        &[
            "lienthong source decide draft.yaml --accept-guesses",
            "lienthong source decide draft.yaml --class ho_ten=personal --without ngay_tao",
        ],
    ),
    (
        "source publish",
        &[
            "lienthong source publish draft.yaml --service VN/GOV/G01/dan-cu/nguoi --node node --reason \"kết nối | connected\"",
        ],
    ),
    ("source check", &["lienthong source check --dir node --service VN/GOV/G01/dan-cu/nguoi"]),
    (
        "package order",
        &[
            "lienthong package order --dir node --client VN/LOC/H05/mot-cua --service VN/GOV/G01/dan-cu/nguoi --purpose khai-sinh --out order.json",
        ],
    ),
    ("package make", &["lienthong package make --dir node order.json --out package"]),
    ("package verify", &["lienthong package verify --dir node package"]),
    ("package open", &["lienthong package open --dir node package --out data"]),
    (
        "hub init",
        &[
            "lienthong hub init --dir hub",
            "lienthong hub init --dir hub --listen 0.0.0.0:7443 --url https://hub.gov.vn:7443/",
        ],
    ),
    ("hub run", &["lienthong hub run --dir hub"]),
    (
        "hub invite",
        &["lienthong hub invite VN/GOV/G01/nut-1 --out g01.invitation --reason \"nút mới | a new node\""],
    ),
    (
        "hub rotate",
        &[
            "lienthong hub rotate --dir hub timestamp",
            "lienthong hub rotate --dir hub root --old root-1-1.key",
        ],
    ),
    (
        "node join",
        &[
            "lienthong node join --dir node --invitation g01.invitation --peer 0.0.0.0:5500 --edge 127.0.0.1:8080",
        ],
    ),
    ("node run", &["lienthong node run --dir node"]),
    ("node certificates", &["lienthong node certificates VN/GOV/G01/nut-1"]),
    (
        "node withdraw",
        &[
            "lienthong node withdraw VN/GOV/G01/nut-1 0123456789abcdef --reason \"lộ khoá | the key has leaked\"",
        ],
    ),
    ("node token", &["lienthong node token --dir node --system VN/LOC/H05/mot-cua --out mot-cua.token"]),
    ("node auditor", &["lienthong node auditor --dir node --name lan --out lan.token"]),
    (
        "node invite-officer",
        &[
            "lienthong node invite-officer --dir node --name \"Trần Văn Minh | Tran Van Minh\" --unit \"Bộ phận một cửa | one-stop desk\" --right work --right decide --by lan --out minh.invitation",
        ],
    ),
    ("node officers", &["lienthong node officers --dir node"]),
    ("node remove-officer", &["lienthong node remove-officer --dir node cb-0123456789abcdef --by lan"]),
    (
        "user add",
        &[
            "lienthong user add lan --person \"Nguyễn Thị Lan | Nguyen Thi Lan\" --role data_officer --agency VN/GOV/G01 --out lan.invitation --reason \"phân công | assigned\"",
        ],
    ),
    ("user enrol", &["lienthong user enrol --invitation lan.invitation --out lan.json"]),
    ("user password", &["lienthong user password --officer lan.json"]),
    ("user list", &["lienthong user list"]),
    (
        "user roles",
        &[
            "lienthong user roles lan --role data_officer --role compliance_officer --reason \"phân công | assigned\"",
        ],
    ),
    ("user disable", &["lienthong user disable lan --reason \"chuyển việc | has left\""]),
    (
        "user renew",
        &["lienthong user renew lan --out lan.invitation --reason \"quên mật khẩu | a password forgotten\""],
    ),
    ("user review", &["lienthong user review lan --reason \"còn làm việc | still at work\""]),
    ("status", &["lienthong status"]),
    ("doctor", &["lienthong doctor hub node"]),
    ("check node", &["lienthong check node --dir node"]),
    ("check hub", &["lienthong check hub --dir hub --warning 2 --critical 5"]),
    ("check certificates", &["lienthong check certificates --dir node --warning 30 --critical 7"]),
    ("check directory", &["lienthong check directory --dir node"]),
    ("check disk", &["lienthong check disk --dir node --warning 2000 --critical 256"]),
    ("directory status", &["lienthong directory status"]),
    (
        "directory go-on",
        &["lienthong directory go-on 1204 --reason \"đã so với bản sao | compared with the backup\""],
    ),
    ("brief now", &["lienthong brief now"]),
    ("brief list", &["lienthong brief list"]),
    (
        "brief make",
        &["lienthong brief make --reason \"họp giao ban | weekly meeting\" --format pdf --out brief.pdf"],
    ),
    ("brief get", &["lienthong brief get BC-2026-000001 --format docx --out brief.docx"]),
    ("notice list", &["lienthong notice list --unread"]),
    ("notice read", &["lienthong notice read 1204"]),
    (
        "sync create",
        &[
            "lienthong sync create --dir node VN/GOV/G01/dan-cu/nguoi --client VN/LOC/H05/mot-cua --purpose khai-sinh --target sqlite:ban-sao.db --table nguoi",
        ],
    ),
    ("sync list", &["lienthong sync list --dir node", "lienthong sync list --dir node -o json"]),
    ("sync held", &["lienthong sync held --dir node VN/GOV/G01/dan-cu/nguoi"]),
    ("quality run", &["lienthong quality run --dir node VN/GOV/G01/dan-cu/nguoi"]),
    (
        "quality list",
        &[
            "lienthong quality list --sort overall",
            "lienthong quality list --level province --band not_measured --output csv",
        ],
    ),
    ("quality units", &["lienthong quality units 01", "lienthong quality units 01 --output csv"]),
    ("quality overlap list", &["lienthong quality overlap list"]),
    (
        "quality overlap ask",
        &[
            "lienthong quality overlap ask VN/GOV/G01/dan-cu/nguoi --field so_dinh_danh --with VN/GOV/G15/ho-tich/khai-sinh --reason \"tìm trùng lặp | look for what is kept twice\"",
        ],
    ),
    (
        "quality overlap agree",
        &["lienthong quality overlap agree TR-2026-000001 --reason \"đồng ý đối soát | agreed\""],
    ),
    (
        "quality overlap end",
        &["lienthong quality overlap end TR-2026-000001 --reason \"không còn cần | needed no more\""],
    ),
    ("quality scorecard", &["lienthong quality scorecard VN/GOV/G01 --format pdf --out phieu.pdf"]),
    ("quality history", &["lienthong quality history VN/GOV/G01/dan-cu/nguoi"]),
    (
        "quality show",
        &[
            "lienthong quality show --dir node VN/GOV/G01/dan-cu/nguoi",
            "lienthong quality show VN/GOV/G01/dan-cu/nguoi",
        ],
    ),
    (
        "quality explain",
        &[
            "lienthong quality explain --dir node VN/GOV/G01/dan-cu/nguoi accurate",
            "lienthong quality explain VN/GOV/G01/dan-cu/nguoi accurate",
        ],
    ),
    ("quality diff", &["lienthong quality diff --dir node VN/GOV/G01/dan-cu/nguoi --with 2026-11-01"]),
    (
        "reuse list",
        &[
            "lienthong reuse list --level province --sort reuse",
            "lienthong reuse list --level reason --output csv",
        ],
    ),
    ("assess list", &["lienthong assess list --sort -gap"]),
    ("assess periods", &["lienthong assess periods --pack chiase-278"]),
    ("assess show", &["lienthong assess show VN/GOV/G01 --period 2026-11"]),
    ("assess explain", &["lienthong assess explain VN/GOV/G01 nghia-vu-co-khai-thac"]),
    ("assess run", &["lienthong assess run --reason \"họp giao ban | weekly meeting\""]),
    ("assess bundle", &["lienthong assess bundle VN/GOV/G01 --out g01.json"]),
    ("assess verify", &["lienthong assess verify g01.json"]),
    ("assess packs", &["lienthong assess packs", "lienthong assess packs lienthong-30@1"]),
    (
        "assess announce",
        &[
            "lienthong assess announce lienthong-30.toml --reason \"Quyết định 12/QĐ-BKHCN | Decision 12/QD-BKHCN\"",
        ],
    ),
    (
        "assess claim",
        &[
            "lienthong assess claim VN/GOV/G01 gan-tu-dien --value \"95 %\" --reason \"báo cáo quý | quarterly report\"",
        ],
    ),
    (
        "assess waive",
        &[
            "lienthong assess waive VN/GOV/G01 gan-tu-dien --basis \"Công văn 12 | Letter 12\" --until 2027-03-31 --reason \"đang sáp nhập | being merged\"",
        ],
    ),
    (
        "assess end-waiver",
        &["lienthong assess end-waiver MT-2026-000001 --reason \"đã sáp nhập xong | the merger is over\""],
    ),
    (
        "assess dispute",
        &["lienthong assess dispute VN/GOV/G01 gan-tu-dien --reason \"đã gắn đủ | all are bound\""],
    ),
    (
        "assess answer",
        &["lienthong assess answer KN-2026-000001 --reason \"đã kiểm tra lại | looked at again\""],
    ),
    ("reuse papers", &["lienthong reuse papers --verdict droppable"]),
    ("reuse show", &["lienthong reuse show VN/GOV/G01"]),
    ("quality defects", &["lienthong quality defects --dir node VN/GOV/G01/dan-cu/nguoi --keys"]),
    (
        "task status",
        &[
            "lienthong task status --state overdue",
            "lienthong task status --agency VN/GOV/G01 --to 2026-12-31",
        ],
    ),
    ("task show", &["lienthong task show cd-103-2025.R3"]),
    ("task measures", &["lienthong task measures"]),
    (
        "task accept",
        &["lienthong task accept cd-103-2025.R3 --reason \"đã phân công | it was given to a unit\""],
    ),
    (
        "task claim",
        &[
            "lienthong task claim cd-103-2025.R3 --file bien-ban.pdf --reason \"đã nghiệm thu | it was accepted\"",
        ],
    ),
    (
        "task evidence",
        &[
            "lienthong task evidence cd-103-2025.R3 --file bien-ban.pdf --reason \"biên bản nghiệm thu | minutes\"",
        ],
    ),
    (
        "task review",
        &[
            "lienthong task review cd-103-2025.R3 --outcome returned --reason \"thiếu biên bản | minutes are missing\"",
        ],
    ),
    (
        "task extend",
        &[
            "lienthong task extend cd-103-2025.R3 --until 2026-12-31 --document \"CV 12/VPCP | letter 12/VPCP\" --granted-by \"Thủ tướng | the Prime Minister\" --reason \"chờ luật | a law is awaited\"",
        ],
    ),
    (
        "task drop",
        &["lienthong task drop cd-103-2025.R3 --reason \"văn bản hết hiệu lực | the text is repealed\""],
    ),
    (
        "task part",
        &[
            "lienthong task part cd-103-2025.R3 --text \"rà soát dữ liệu | look through the data\" --until 2026-12-01 --reason \"chia việc | shared out\"",
        ],
    ),
    (
        "task part-done",
        &["lienthong task part-done cd-103-2025.R3 --number 1 --reason \"đã xong | it is done\""],
    ),
    ("defect list", &["lienthong defect list --agency VN/GOV/G01 --sort -gain"]),
    ("defect show", &["lienthong defect show CL-2026-000001"]),
    (
        "defect report",
        &[
            "lienthong defect report VN/GOV/G01/dan-cu/nguoi --exchange 0198c0de-0000-7000-8000-000000000001 --field ngay_sinh --kind missing --reason \"không có ngày sinh | no date of birth\"",
        ],
    ),
    (
        "defect correct",
        &[
            "lienthong defect correct CL-2026-000001 --reason \"đang sửa tại xã | being corrected in the commune\"",
        ],
    ),
    (
        "defect dispute",
        &["lienthong defect dispute CL-2026-000001 --reason \"phải xác minh | has to be looked into\""],
    ),
    (
        "defect comment",
        &["lienthong defect comment CL-2026-000001 --reason \"đã gửi danh sách | the list was sent\""],
    ),
    ("work", &["lienthong work"]),
    ("incident list", &["lienthong incident list --live"]),
    ("incident show", &["lienthong incident show SC-2026-000001"]),
    ("incident take", &["lienthong incident take SC-2026-000001 --reason \"đang kiểm tra | looking at it\""]),
    (
        "incident comment",
        &["lienthong incident comment SC-2026-000001 --reason \"đã gọi cho tỉnh | the province was called\""],
    ),
    (
        "incident close",
        &[
            "lienthong incident close SC-2026-000001 --reason \"mất điện, đã có lại | power was out and is back\"",
        ],
    ),
    (
        "maintenance announce",
        &[
            "lienthong maintenance announce VN/GOV/G01/nut-1 --to 2026-12-11T02:00:00+07:00 --reason \"thay ổ đĩa | a disk is replaced\"",
        ],
    ),
    ("maintenance list", &["lienthong maintenance list"]),
    ("maintenance withdraw", &["lienthong maintenance withdraw BT-2026-000001 --reason \"hoãn | put off\""]),
    ("audit", &["lienthong audit", "lienthong audit --entries"]),
    ("ledger list", &["lienthong ledger list node"]),
    ("ledger find", &["lienthong ledger find node --from 2026-11-01 --outcome refused"]),
    ("ledger show", &["lienthong ledger show node 1204"]),
    ("ledger export", &["lienthong ledger export node --from 2026-11-01 --out exchanges.csv"]),
    ("ledger verify", &["lienthong ledger verify g01 h05"]),
];

/// The examples of a command, in one language; of one that has others below it, the first of each of its first two.
pub(super) fn of(path: &[&Command], language: Language) -> Vec<String> {
    let Some(command) = path.last() else {
        return ["lienthong demo", "lienthong help grant revoke"].map(str::to_owned).to_vec();
    };
    if command.has_subcommands() {
        let below = command.get_subcommands().take(2);
        return below
            .filter_map(|below| of(&[path, &[below]].concat(), language).into_iter().next())
            .collect();
    }
    let name = path.iter().map(|command| command.get_name()).collect::<Vec<_>>().join(" ");
    if let Some((_, examples)) = EXAMPLES.iter().find(|(known, _)| *known == name) {
        return examples.iter().map(|line| spoken(line, language)).collect();
    }
    let Some((noun, verb)) = name.split_once(' ') else { return Vec::new() };
    let thing = NOUNS.iter().find(|(known, _)| *known == noun);
    let done = VERBS.iter().find(|(known, _)| *known == verb);
    let (Some((_, id)), Some((_, examples))) = (thing, done) else { return Vec::new() };
    let line = |line: &&str| spoken(line, language).replace("NOUN", noun).replace("ID", id);
    examples.iter().map(line).collect()
}

/// What stands between quotes is taken in one language.
fn spoken(line: &str, language: Language) -> String {
    let parts = line.split('"').enumerate();
    let parts = parts.map(|(at, part)| if at % 2 == 1 { half(part, language) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("\"")
}
