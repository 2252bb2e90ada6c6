//! What people enter, kind by kind: the members of a thing as places of a form. `fill` draws a form from them and reads one.
//!
//! Kinds without members here, contracts and rule packs, follow standards of their own and are entered as the document they are.

pub(crate) mod fill;

/// What stands in one place of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    Line,
    /// Some lines, kept as one.
    Text,
    Day,
    /// A moment, entered in Viet Nam's time.
    Moment,
    /// A whole number.
    Number,
    /// Yes or nothing.
    Tick,
    /// Yes, no, or nothing.
    YesNo,
    /// One of these words; they are told in `words.toml` under the second one.
    One(&'static [&'static str], &'static str),
    /// Some of these words.
    Several(&'static [&'static str], &'static str),
    /// Texts, each on a line of its own.
    Lines,
    /// Texts, or the word `all`.
    LinesOrAll,
    /// A name in both languages.
    Name,
    /// `permanent`, or a number of months.
    Retention,
    /// Members that belong together.
    Group(&'static [Member]),
    /// Any number of such.
    Rows(&'static [Member]),
    /// The last of a list; the others stay as they are. With another version, it becomes one more.
    TermVersion(&'static [Member]),
}

/// A member of a thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Its name; it is told in `words.toml` under `entry.` and this.
    pub(crate) name: &'static str,
    pub(crate) what: What,
    /// Whether it must be there.
    pub(crate) needed: bool,
}

/// How a kind is entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// The kind, as addresses have it.
    pub(crate) kind: &'static str,
    /// What one must be allowed to do.
    pub(crate) right: &'static str,
    /// The member that is its name.
    pub(crate) id: &'static str,
    /// The page of one; empty: none but the form.
    pub(crate) page: &'static str,
    /// Its members; none: it is entered as a document.
    pub(crate) members: &'static [Member],
}

const fn must(name: &'static str, what: What) -> Member {
    Member { name, what, needed: true }
}

const fn may(name: &'static str, what: What) -> Member {
    Member { name, what, needed: false }
}

use What::{
    Day, Group, Line, Lines, LinesOrAll, Moment, Name, Number, One, Retention, Rows, Several, TermVersion,
    Text, Tick, YesNo,
};

const ENDPOINTS: What = Rows(&[
    must("method", One(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "*"], "method")),
    must("path", Line),
    may("reads_only", YesNo),
]);

const ROWS: What = Rows(&[must("field", Line), may("one_of", Lines), may("under", Line)]);

/// All kinds of the registry, as the hub has them.
pub(crate) const ENTRIES: &[Entry] = &[
    Entry {
        kind: "databases",
        right: "change_catalogue",
        id: "id",
        page: "co-so-du-lieu",
        members: &[
            must("id", Line),
            must("name", Name),
            must("scale", One(&["national", "sectoral"], "scale")),
            must("standing", One(&["candidate", "sourced", "registered"], "standing")),
            may("priority", Tick),
            may(
                "listed",
                Rows(&[
                    must("list", Line),
                    must("act", Text),
                    must("evidence", One(&["annex", "named", "implied"], "listed")),
                    may("number", Number),
                    may("source", Text),
                    may(
                        "due",
                        Rows(&[
                            must("step", One(&["standardised", "connected"], "due")),
                            must("by", Day),
                            may("second_hand", Tick),
                        ]),
                    ),
                ]),
            ),
            may("owner", Line),
            may("legal_basis", Text),
            may("scope", Text),
            may("data_sources", Text),
            may("users", Text),
            may("ways_of_use", Text),
            may("ways_of_sharing", Text),
            may("class", One(&["core", "important", "other"], "class")),
            may("retention", Retention),
            may("security_level", Number),
            may("personal_data", One(&["none", "basic", "sensitive"], "personal")),
            may("systems", Lines),
            may("sharing_services", Lines),
            may("master_data", Rows(&[must("code", Line), must("name", Name)])),
            may(
                "open_data",
                Rows(&[
                    must("code", Line),
                    must("name", Name),
                    must("service", Line),
                    must(
                        "update",
                        One(
                            &["continuous", "daily", "weekly", "monthly", "quarterly", "annual", "irregular"],
                            "update",
                        ),
                    ),
                ]),
            ),
            may(
                "declared",
                Group(&[
                    must(
                        "stage",
                        One(
                            &[
                                "not_started",
                                "designing",
                                "building",
                                "cleaning",
                                "connected",
                                "in_shared_use",
                            ],
                            "stage",
                        ),
                    ),
                    must("since", Day),
                    must("evidence", Text),
                ]),
            ),
            may("deadline", Day),
            may("successor", Line),
            may("note", Text),
        ],
    },
    Entry {
        kind: "duties",
        right: "change_catalogue",
        id: "id",
        page: "nghia-vu",
        members: &[
            must("id", Line),
            must("datum", Line),
            must("receivers", Lines),
            must("basis", Text),
            may("deadline", Day),
            may("standard", Line),
            may("service", Line),
            may(
                "terms",
                Group(&[
                    must("fields", LinesOrAll),
                    may("endpoints", ENDPOINTS),
                    may("rows", ROWS),
                    must("per_second", Number),
                ]),
            ),
        ],
    },
    Entry {
        kind: "services",
        right: "change_services",
        id: "id",
        page: "dich-vu",
        members: &[
            must("id", Line),
            must("name", Name),
            may(
                "dataset",
                Group(&[
                    must("key", Line),
                    must(
                        "fields",
                        Rows(&[
                            must("name", Line),
                            may(
                                "kind",
                                One(
                                    &[
                                        "name",
                                        "date",
                                        "integer",
                                        "boolean",
                                        "unit",
                                        "person_id",
                                        "decimal",
                                        "moment",
                                        "code",
                                    ],
                                    "kind",
                                ),
                            ),
                            must("label", Name),
                            may("filter", Tick),
                            may("original", Tick),
                        ]),
                    ),
                ]),
            ),
            may("http", Group(&[must("endpoints", ENDPOINTS)])),
        ],
    },
    Entry { kind: "contracts", right: "change_services", id: "id", page: "", members: &[] },
    Entry {
        kind: "systems",
        right: "change_services",
        id: "id",
        page: "",
        members: &[must("id", Line), must("name", Name)],
    },
    Entry {
        kind: "nodes",
        right: "change_services",
        id: "id",
        page: "",
        members: &[must("id", Line), must("address", Line), must("systems", Lines)],
    },
    Entry {
        kind: "terms",
        right: "propose_terms",
        id: "id",
        page: "tu-dien",
        members: &[
            must("id", Line),
            must(
                "versions",
                TermVersion(&[
                    must("version", Line),
                    must(
                        "status",
                        One(&["proposed", "reviewed", "consulted", "approved", "retired"], "status"),
                    ),
                    must("name", Name),
                    must("definition", Text),
                    may("context", Text),
                    may(
                        "domain",
                        One(
                            &["person", "organisation", "property", "cadastre", "address", "geography"],
                            "domain",
                        ),
                    ),
                    may("entity", Line),
                    must("created_by", Line),
                    must("owned_by", Line),
                    may("language", Line),
                    may("documents", Lines),
                    may("synonyms", Lines),
                    may("related", Lines),
                    may("business", Text),
                    must("technical_name", Line),
                    must(
                        "value_type",
                        One(
                            &["text", "code", "date", "moment", "integer", "decimal", "boolean", "geometry"],
                            "value_type",
                        ),
                    ),
                    must("format", Line),
                    may("rdf_type", Line),
                    may("relation", Text),
                    may("technical", Text),
                    may("values", Lines),
                    may("code_list", Line),
                    may("normalisation", Text),
                    may("api", Line),
                    may("mapping", Text),
                    must("validation", Text),
                    must("source", Text),
                    may("assumed", Tick),
                ]),
            ),
        ],
    },
    Entry {
        kind: "codelists",
        right: "propose_terms",
        id: "id",
        page: "danh-muc",
        members: &[
            must("id", Line),
            must("name", Name),
            must("owner", Line),
            must("source", Text),
            may("assumed", Tick),
            may("note", Text),
            must(
                "codes",
                Rows(&[
                    must("code", Line),
                    must("vi", Line),
                    may("en", Line),
                    may("parent", Line),
                    may("valid_from", Day),
                    may("valid_to", Day),
                ]),
            ),
        ],
    },
    Entry {
        kind: "crosswalks",
        right: "propose_terms",
        id: "id",
        page: "",
        members: &[
            must("id", Line),
            must("from", Line),
            must("to", Line),
            must("source", Text),
            must(
                "pairs",
                Rows(&[
                    must("from", Line),
                    must("to", Line),
                    must("relation", One(&["exact", "broader", "narrower", "related"], "match")),
                    may("default", Tick),
                    may("note", Line),
                ]),
            ),
        ],
    },
    Entry {
        kind: "grants",
        right: "issue_grants",
        id: "id",
        page: "quyen",
        members: &[
            must("id", Line),
            must("client", Line),
            must("service", Line),
            must("uses", Rows(&[must("purpose", Line), must("basis", Line)])),
            may("endpoints", ENDPOINTS),
            must("fields", LinesOrAll),
            may("rows", ROWS),
            may("valid_from", Day),
            may("valid_to", Day),
            must("per_second", Number),
        ],
    },
    Entry {
        kind: "agencies",
        right: "govern",
        id: "id",
        page: "co-quan",
        members: &[
            must("id", Line),
            may("parent", Line),
            must("name", Name),
            must(
                "bloc",
                One(
                    &[
                        "government",
                        "local",
                        "party",
                        "assembly",
                        "president",
                        "court",
                        "procuracy",
                        "audit",
                        "front",
                    ],
                    "bloc",
                ),
            ),
            may("assumed_code", Tick),
        ],
    },
    Entry {
        kind: "purposes",
        right: "govern",
        id: "code",
        page: "",
        members: &[must("code", Line), must("name", Name), may("test", Tick)],
    },
    Entry {
        kind: "bases",
        right: "govern",
        id: "code",
        page: "",
        members: &[
            must("code", Line),
            must(
                "ground",
                One(
                    &[
                        "consent",
                        "emergency",
                        "art_19_1_b",
                        "state_activity",
                        "contract",
                        "law",
                        "not_personal",
                    ],
                    "ground",
                ),
            ),
            must("citation", Text),
            may("valid_from", Day),
            may("valid_to", Day),
        ],
    },
    Entry { kind: "packs", right: "govern", id: "id", page: "", members: &[] },
];

/// An account. It is no kind of the registry, and has a way of its own at the hub.
pub(crate) const ACCOUNT: &[Member] = &[
    must("name", Line),
    must("person", Line),
    must("type", One(&["operator", "technical", "admin", "service"], "account")),
    may("agency", Line),
    must(
        "roles",
        Several(
            &[
                "data_officer",
                "compliance_officer",
                "steward",
                "engineer",
                "creator",
                "innovator",
                "commune_contact",
                "administrator",
                "hub_officer",
                "architect",
                "operator",
                "auditor",
                "leader",
            ],
            "role",
        ),
    ),
    may("subject", Line),
];

/// A suspension to announce.
pub(crate) const SUSPENSION: &[Member] = &[
    may("service", Line),
    may("grant", Line),
    must("why", One(&["planned", "unplanned", "cut"], "suspension")),
    may("from", Moment),
    may("to", Moment),
];

/// Maintenance to announce.
pub(crate) const MAINTENANCE: &[Member] = &[must("node", Line), may("from", Moment), must("to", Moment)];

/// How a kind is entered.
pub(crate) fn of(kind: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.kind == kind)
}
