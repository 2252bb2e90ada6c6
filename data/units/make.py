#!/usr/bin/env python3
"""Write the administrative-unit tables from an unpacked vietnamadminunits wheel.

    python3 make.py UNPACKED_WHEEL [OUTPUT_FOLDER]

UNPACKED_WHEEL is the folder that holds `vietnamadminunits/data/dataset.db`.
OUTPUT_FOLDER is this script's folder when not given. Standard library only.
The same wheel always gives the same bytes. Every count that README.md states
is checked here; a wheel that differs stops the run and writes nothing.
"""

import collections
import hashlib
import json
import pathlib
import sqlite3
import sys
import unicodedata

PACKAGE = "vietnamadminunits 1.0.4"
CHANGE = "2025-07-01"
DB_SHA256 = "147cbbf81c8964bb594e1dda7ebab5649bce21efbfd6cb508cab7fefca62257d"
JSON_SHA256 = "84f0848bf401b047775cbb49768c181a9271f77e4a4ec706d293b09bcb4faddd"

# Longest first, so that "Thị trấn" is not taken for something shorter.
TYPES = [
    "Thành phố", "Thị trấn", "Đặc khu", "Thị xã", "Phường", "Huyện", "Tỉnh", "Quận", "Xã",
]

# Province codes that name another province from 2025-07-01, and those no longer used.
REUSED = {
    "15": ("Yên Bái", "Lào Cai"), "24": ("Bắc Giang", "Bắc Ninh"),
    "44": ("Quảng Bình", "Quảng Trị"), "52": ("Bình Định", "Gia Lai"),
    "80": ("Long An", "Tây Ninh"), "82": ("Tiền Giang", "Đồng Tháp"),
    "91": ("Kiên Giang", "An Giang"),
}
RETIRED = set(
    "02 06 10 17 26 27 30 34 35 36 45 49 54 58 60 62 64 67 70 72 74 77 83 84 87 89 93 94 95".split()
)
# Districts that had no communes: they became special zones as they were.
NO_COMMUNES = {"318": "11948", "471": "19742", "498": "20333", "536": "21548", "755": "26732"}


def check(what, got, want):
    if got != want:
        sys.exit(f"make.py: {what}: {got!r}, expected {want!r}")


def split_type(full):
    """'Thị Trấn Ái Tử' -> ('Thị trấn', 'Ái Tử'); the type's own spelling is made uniform."""
    for kind in TYPES:
        if full.lower().startswith(kind.lower() + " "):
            return kind, full[len(kind) + 1:]
    sys.exit(f"make.py: no type at the head of {full!r}")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path, comments, header, rows):
    lines = ["# " + c for c in comments] + ["\t".join(header)]
    for row in rows:
        for cell in row:
            if unicodedata.normalize("NFC", cell) != cell or cell != cell.strip() or "\t" in cell:
                sys.exit(f"make.py: bad cell {cell!r} in {row!r}")
        lines.append("\t".join(row))
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
    print(f"{path.name}: {len(rows)} rows, sha256 {digest(path)}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    data = pathlib.Path(sys.argv[1]) / "vietnamadminunits" / "data"
    out = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).resolve().parent
    check("sha256 of dataset.db", digest(data / "dataset.db"), DB_SHA256)
    check("sha256 of converter_2025.json", digest(data / "converter_2025.json"), JSON_SHA256)

    db = sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    new = [dict(r) for r in db.execute("select * from admin_units")]
    old = [dict(r) for r in db.execute("select * from admin_units_legacy")]
    conv = json.loads((data / "converter_2025.json").read_text("utf-8"))

    # ---- units -------------------------------------------------------------
    rows = set()

    def unit(code, width, valid_from, valid_to, level, full, parent):
        check(f"width of {code}", (len(code), code.isascii() and code.isdigit()), (width, True))
        kind, name = split_type(full)
        rows.add((code, valid_from, valid_to, level, kind, name, parent))

    for r in new:
        unit(r["provinceCode"], 2, CHANGE, "", "province", r["province"], "")
        unit(r["wardCode"], 5, CHANGE, "", "commune", r["ward"], r["provinceCode"])
    bare = {}
    for r in old:
        unit(r["provinceCode"], 2, "", CHANGE, "province", r["province"], "")
        unit(r["districtCode"], 3, "", CHANGE, "district", r["district"], r["provinceCode"])
        if r["wardCode"]:
            unit(r["wardCode"], 5, "", CHANGE, "commune", r["ward"], r["districtCode"])
        else:
            bare[r["districtCode"]] = r["district"]
    check("districts without communes", set(bare), set(NO_COMMUNES))

    order = {"province": 0, "district": 1, "commune": 2}
    rows = sorted(rows, key=lambda r: (order[r[3]], r[0], r[1]))
    check("one row per code, level and date", len({(r[3], r[0], r[1]) for r in rows}), len(rows))
    now = [r for r in rows if r[1]]
    was = [r for r in rows if not r[1]]
    count = lambda rs, level: sum(1 for r in rs if r[3] == level)
    kinds = lambda rs, level: dict(collections.Counter(r[4] for r in rs if r[3] == level))
    check("provinces now", kinds(now, "province"), {"Thành phố": 6, "Tỉnh": 28})
    check("communes now", kinds(now, "commune"), {"Xã": 2621, "Phường": 687, "Đặc khu": 13})
    check("districts now", count(now, "district"), 0)
    check("provinces before", count(was, "province"), 63)
    check("districts before", count(was, "district"), 696)
    check("communes before", count(was, "commune"), 10035)
    for rs in (now, was):
        codes = {r[0] for r in rs}
        check("parents not found", [r for r in rs if r[6] and r[6] not in codes], [])

    # ---- successors ----------------------------------------------------------
    by_new_key = {(r["provinceKey"], r["wardKey"]): r for r in new}
    by_old_key = {f"{r['provinceKey']}_{r['districtKey']}_{r['wardKey'] or ''}": r for r in old}
    check("new keys are unique", len(by_new_key), len(new))
    check("old keys are unique", len(by_old_key), len(old))
    code_of = lambda r: r["wardCode"] or r["districtCode"]

    pairs = []  # (old key, new row, share, default)
    for province, wards in conv["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for key in olds:
                pairs.append((key, by_new_key[province, ward], "whole", ""))
    for province, wards in conv["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, targets in wards.items():
            check(f"defaults of {key}", sum(t["isDefaultNewWard"] for t in targets), 1)
            for t in targets:
                n = by_new_key[province, t["newWardKey"]]
                pairs.append((key, n, "part", "yes" if t["isDefaultNewWard"] else ""))
    successors = sorted(
        ((code_of(by_old_key[k]), n["wardCode"], share, default) for k, n, share, default in pairs),
        key=lambda r: (len(r[0]), r[0], r[1]),
    )
    check("pairs", len(successors), 10602)
    check("no pair twice", len({r[:2] for r in successors}), len(successors))
    targets_of = collections.Counter(r[0] for r in successors)
    check("old units covered", len(targets_of), 10040)
    check("old units covered, communes", sum(1 for c in targets_of if len(c) == 5), 10035)
    check("targets of an old unit", dict(collections.Counter(targets_of.values())),
          {1: 9569, 2: 397, 3: 58, 4: 15, 5: 1})
    check("new units reached", len({r[1] for r in successors}), 3321)
    check("shares", dict(collections.Counter(r[2] for r in successors)), {"whole": 9569, "part": 1033})
    check("whole means one target", all((r[2] == "whole") == (targets_of[r[0]] == 1) for r in successors), True)
    check("special zones", {r[0]: r[1] for r in successors if len(r[0]) == 3}, NO_COMMUNES)

    # ---- provinces -----------------------------------------------------------
    votes = collections.defaultdict(collections.Counter)
    for key, n, _, _ in pairs:
        votes[by_old_key[key]["provinceCode"]][n["provinceCode"]] += 1
    check("old provinces", len(votes), 63)
    check("every vote of a province agrees", {len(v) for v in votes.values()}, {1})
    provinces = sorted((o, v.most_common(1)[0][0]) for o, v in votes.items())
    by_key = {r["provinceKey"]: r["provinceCode"] for r in new}
    old_by_key = {r["provinceKey"]: r["provinceCode"] for r in old}
    table = {old_by_key[o]: by_key[n] for n, os in conv["DICT_PROVINCE"].items() for o in os}
    check("votes agree with DICT_PROVINCE", dict(provinces), table)
    check("new provinces", len({n for _, n in provinces}), 34)
    name_now = {r[0]: r[5] for r in now if r[3] == "province"}
    name_was = {r[0]: r[5] for r in was if r[3] == "province"}
    check("re-used province codes",
          {c: (name_was[c], name_now[c]) for c in name_now if name_now[c] != name_was.get(c)}, REUSED)
    check("retired province codes", set(name_was) - set(name_now), RETIRED)

    # ---- doubtful pairs --------------------------------------------------------
    # The converter joins on names without marks. Two old communes of one name in provinces
    # that were merged were taken for one divided commune. Such a pair shows in two ways:
    #   cross-province: the new unit's other predecessors lie in another old province;
    #   homonym: a commune of the same name from elsewhere also leads to the new unit, and no
    #            other predecessor of the new unit lies in this commune's district.
    before = collections.defaultdict(set)
    for key, n, _, _ in pairs:
        before[n["wardCode"]].add(key)
    parent_key = {o: n for n, os in conv["DICT_PROVINCE"].items() for o in os}
    same_name = collections.defaultdict(set)
    for key, r in by_old_key.items():
        if r["wardKey"]:
            same_name[parent_key[r["provinceKey"]], r["wardKey"]].add(key)
    doubtful = []
    for key, n, share, default in pairs:
        r = by_old_key[key]
        mates = before[n["wardCode"]]
        reasons = []
        provinces_of = collections.Counter(by_old_key[k]["provinceCode"] for k in mates)
        if len(provinces_of) > 1 and provinces_of[r["provinceCode"]] * 2 <= sum(provinces_of.values()):
            reasons.append("cross-province")
        if r["wardKey"]:
            names = same_name[parent_key[r["provinceKey"]], r["wardKey"]]
            others = {by_old_key[k]["districtCode"] for k in mates - names}
            if (mates & names) - {key} and r["districtCode"] not in others:
                reasons.append("homonym")
        if reasons:
            doubtful.append((code_of(r), n["wardCode"], share, default, "+".join(reasons)))
    doubtful.sort()
    check("doubtful pairs are all parts", {r[2] for r in doubtful}, {"part"})

    # ---- re-used commune codes, for README ------------------------------------
    was_name = {r[0]: (r[4], r[5]) for r in was if r[3] == "commune"}
    now_name = {r[0]: (r[4], r[5]) for r in now if r[3] == "commune"}
    kept = [c for c in now_name if c in was_name]
    print("commune codes now:", len(now_name), "known before:", len(kept),
          "other name:", sum(now_name[c][1] != was_name[c][1] for c in kept),
          "other name or type:", sum(now_name[c] != was_name[c] for c in kept))
    print("most predecessors of one new unit:", max(len(v) for v in before.values()))

    # ---- write -----------------------------------------------------------------
    src = f"made by make.py from {PACKAGE} (MIT); see README.md"
    write(out / "units.tsv", [
        "Administrative units of Viet Nam, GSO codes, before and from " + CHANGE + "; " + src,
        "valid_from empty: start not known from the source. valid_to: first day no longer in force; empty: in force.",
    ], ["code", "valid_from", "valid_to", "level", "type", "name", "parent"], rows)
    write(out / "successors.tsv", [
        "Units before " + CHANGE + " and the communes that took their territory, many-to-many; " + src,
        "old_code of 3 digits: a district that had no communes. default: the source's choice when a unit was divided.",
    ], ["old_code", "new_code", "share", "default"], successors)
    write(out / "successors-doubtful.tsv", [
        "Rows of successors.tsv that look like errors of the source (equal names joined); a warning list, not a correction; " + src,
    ], ["old_code", "new_code", "share", "default", "reason"], doubtful)
    write(out / "province-successors.tsv", [
        "63 provinces before " + CHANGE + " and the 34 provinces that took them, each whole; " + src,
    ], ["old_code", "new_code"], provinces)


if __name__ == "__main__":
    main()
