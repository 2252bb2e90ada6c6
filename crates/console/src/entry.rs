//! What people enter, kind by kind: the members of a thing as places of a form. `fill` draws a form from them and reads one.
//!
//! Kinds without members here, contracts, packs, scopes, procedures, directives and tasks, follow standards of their own and are entered as the document they are.

pub(crate) mod asking;
pub(crate) mod check;
pub(crate) mod fill;
pub(crate) mod pick;

/// What stands in one place of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    Line,
    /// A code that stands in addresses: letters, digits, hyphens, dots, underscores.
    Code,
    /// The identifier of a new thing of this sort.
    Id(Of),
    /// One thing that there is: looked for by name, kept by identifier.
    Pick(Of),
    /// One of a list that the form shows whole.
    Listed(Of),
    /// Some of them.
    Picks(Of),
    /// Paths that may be called; empty is the root.
    Paths,
    /// A version of three numbers.
    Version,
    /// Some lines, kept as one.
    Text,
    Day,
    /// A moment, entered in Viet Nam's time.
    Moment,
    /// A whole number within these.
    Number(i64, i64),
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

/// What can be looked for in a form, or has an identifier of its own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Agency,
    System,
    Service,
    Node,
    Database,
    Term,
    CodeList,
    Purpose,
    Basis,
    Grant,
}

impl Of {
    /// The word of the hub's search for it; empty where the hub does not search such things.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Agency => "Agency",
            Self::System => "System",
            Self::Service => "Service",
            Self::Database => "Database",
            Self::Term => "Term",
            Self::CodeList => "CodeList",
            Self::Purpose => "Purpose",
            Self::Basis => "LegalBasis",
            Self::Node | Self::Grant => "",
        }
    }

    /// An identifier of that form.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Agency => "VN/GOV/G01",
            Self::System => "VN/GOV/G01/dan-cu",
            Self::Service => "VN/GOV/G01/dan-cu/nguoi",
            Self::Node => "VN/GOV/G01/nut-1",
            Self::Database => "VNDB-001",
            Self::Term => "ndg:ID-001",
            Self::CodeList => "gioi-tinh",
            Self::Purpose => "khai-sinh",
            Self::Basis => "nd-278-2025",
            Self::Grant => "quyen-001",
        }
    }

    /// Whether a text has the form of such an identifier.
    pub(crate) fn is_form_of(self, text: &str) -> bool {
        match self {
            Self::Agency => text.parse::<model::id::MemberId>().is_ok(),
            Self::System => text.parse::<model::id::SystemId>().is_ok(),
            Self::Service => text.parse::<model::id::ServiceId>().is_ok(),
            Self::Node => text.parse::<model::id::NodeId>().is_ok(),
            Self::Term => text.split_once(':').is_some_and(|(prefix, rest)| is_code(prefix) && is_code(rest)),
            Self::Database | Self::CodeList | Self::Purpose | Self::Basis | Self::Grant => is_code(text),
        }
    }
}

/// As the hub has codes: they travel in headers and addresses.
pub(crate) fn is_code(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    (1..=100).contains(&text.len()) && plain && !text.bytes().all(|byte| byte == b'.')
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
    /// Which of them stand together under a heading of their own, closed until somebody needs them; the others come first.
    pub(crate) sections: &'static [(&'static str, &'static [&'static str])],
}

/// What somebody gives as their reason, in every form.
pub(crate) const REASON: Member = must("reason", What::Text);

pub(crate) const fn must(name: &'static str, what: What) -> Member {
    Member { name, what, needed: true }
}

pub(crate) const fn may(name: &'static str, what: What) -> Member {
    Member { name, what, needed: false }
}

use What::{
    Code, Day, Group, Id, Line, Lines, LinesOrAll, Listed, Moment, Name, Number, One, Paths, Pick, Picks,
    Retention, Rows, Several, TermVersion, Text, Tick, Version, YesNo,
};

const ENDPOINTS: What = Rows(&[
    must("method", One(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "*"], "method")),
    must("path", Paths),
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
            must("id", Code),
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
                    may("number", Number(1, 10_000)),
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
            may("owner", Pick(Of::Agency)),
            may("legal_basis", Text),
            may("scope", Text),
            may("data_sources", Text),
            may("users", Text),
            may("ways_of_use", Text),
            may("ways_of_sharing", Text),
            may("class", One(&["core", "important", "other"], "class")),
            may("retention", Retention),
            may("security_level", Number(1, 5)),
            may("personal_data", One(&["none", "basic", "sensitive"], "personal")),
            may("systems", Picks(Of::System)),
            may("sharing_services", Picks(Of::Service)),
            may("master_data", Rows(&[must("code", Code), must("name", Name)])),
            may(
                "open_data",
                Rows(&[
                    must("code", Code),
                    must("name", Name),
                    must("service", Pick(Of::Service)),
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
            may("successor", Pick(Of::Database)),
            may("note", Text),
        ],
        sections: &[
            ("law", &["legal_basis", "scope", "class", "retention", "security_level", "personal_data"]),
            ("use", &["data_sources", "users", "ways_of_use", "ways_of_sharing"]),
            ("services", &["systems", "sharing_services", "master_data", "open_data"]),
            ("progress", &["declared", "deadline", "priority", "listed", "successor", "note"]),
        ],
    },
    Entry {
        kind: "duties",
        right: "change_catalogue",
        id: "id",
        page: "nghia-vu",
        members: &[
            must("id", Code),
            must("datum", Code),
            must("receivers", Picks(Of::Agency)),
            must("basis", Pick(Of::Basis)),
            may("deadline", Day),
            may("standard", Line),
            may("service", Pick(Of::Service)),
            may(
                "terms",
                Group(&[
                    must("fields", LinesOrAll),
                    may("endpoints", ENDPOINTS),
                    may("rows", ROWS),
                    must("per_second", Number(1, 1_000_000)),
                ]),
            ),
        ],
        sections: &[],
    },
    Entry {
        kind: "services",
        right: "change_services",
        id: "id",
        page: "dich-vu",
        members: &[
            must("id", Id(Of::Service)),
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
        sections: &[("dataset", &["dataset"]), ("http", &["http"])],
    },
    Entry { kind: "contracts", right: "change_services", id: "id", page: "", members: &[], sections: &[] },
    Entry {
        kind: "systems",
        right: "change_services",
        id: "id",
        page: "",
        members: &[must("id", Id(Of::System)), must("name", Name)],
        sections: &[],
    },
    Entry {
        kind: "nodes",
        right: "change_services",
        id: "id",
        page: "",
        members: &[must("id", Id(Of::Node)), must("address", Line), must("systems", Picks(Of::System))],
        sections: &[],
    },
    Entry {
        kind: "terms",
        right: "propose_terms",
        id: "id",
        page: "tu-dien",
        members: &[
            must("id", Id(Of::Term)),
            must(
                "versions",
                TermVersion(&[
                    must("version", Version),
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
                    must("created_by", Pick(Of::Agency)),
                    must("owned_by", Pick(Of::Agency)),
                    may("language", Line),
                    may("documents", Lines),
                    may("synonyms", Lines),
                    may("related", Picks(Of::Term)),
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
                    may("code_list", Pick(Of::CodeList)),
                    may("normalisation", Text),
                    may("api", Line),
                    may("mapping", Text),
                    must("validation", Text),
                    must("source", Text),
                    may("assumed", Tick),
                ]),
            ),
        ],
        sections: &[],
    },
    Entry {
        kind: "codelists",
        right: "propose_terms",
        id: "id",
        page: "danh-muc",
        members: &[
            must("id", Code),
            must("name", Name),
            must("owner", Pick(Of::Agency)),
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
        sections: &[],
    },
    Entry {
        kind: "crosswalks",
        right: "propose_terms",
        id: "id",
        page: "",
        members: &[
            must("id", Code),
            must("from", Pick(Of::CodeList)),
            must("to", Pick(Of::CodeList)),
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
        sections: &[],
    },
    Entry {
        kind: "grants",
        right: "issue_grants",
        id: "id",
        page: "quyen",
        members: &[
            must("id", Code),
            must("client", Pick(Of::System)),
            must("service", Pick(Of::Service)),
            must("uses", Rows(&[must("purpose", Pick(Of::Purpose)), must("basis", Pick(Of::Basis))])),
            may("endpoints", ENDPOINTS),
            must("fields", LinesOrAll),
            may("rows", ROWS),
            may("valid_from", Day),
            may("valid_to", Day),
            must("per_second", Number(1, 1_000_000)),
        ],
        sections: &[],
    },
    Entry {
        kind: "agencies",
        right: "govern",
        id: "id",
        page: "co-quan",
        members: &[
            must("id", Id(Of::Agency)),
            may("parent", Pick(Of::Agency)),
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
        sections: &[],
    },
    Entry {
        kind: "purposes",
        right: "govern",
        id: "code",
        page: "",
        members: &[must("code", Code), must("name", Name), may("test", Tick)],
        sections: &[],
    },
    Entry {
        kind: "bases",
        right: "govern",
        id: "code",
        page: "",
        members: &[
            must("code", Code),
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
        sections: &[],
    },
    Entry { kind: "packs", right: "govern", id: "id", page: "", members: &[], sections: &[] },
    Entry { kind: "reuse-packs", right: "govern", id: "id", page: "", members: &[], sections: &[] },
    Entry { kind: "scopes", right: "issue_grants", id: "id", page: "", members: &[], sections: &[] },
    Entry {
        kind: "procedures",
        right: "change_catalogue",
        id: "id",
        page: "thu-tuc",
        members: &[],
        sections: &[],
    },
    Entry {
        kind: "directives",
        right: "govern",
        id: "id",
        page: "nhiem-vu/van-ban",
        members: &[],
        sections: &[],
    },
    Entry { kind: "tasks", right: "govern", id: "id", page: "nhiem-vu", members: &[], sections: &[] },
];

/// An account. It is no kind of the registry, and has a way of its own at the hub.
pub(crate) const ACCOUNT: &[Member] = &[
    must("name", Code),
    must("person", Line),
    must("type", One(&["operator", "technical", "admin", "service"], "account")),
    may("agency", Pick(Of::Agency)),
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

/// What is asked for with every request; fields, endpoints and rows stand beside.
pub(crate) const ASKING: &[Member] = &[
    must("service", Pick(Of::Service)),
    must("type", One(&["on_request", "automatic", "special", "renewal"], "ask.type")),
    must("mode", One(&["query", "sync", "integrated", "package"], "ask.mode")),
    must("client", Pick(Of::System)),
    must("purpose", Listed(Of::Purpose)),
    must("basis", Listed(Of::Basis)),
    must("per_second", Number(1, 1_000_000)),
    must("volume", Line),
    may("sla", Line),
    must("valid_to", Day),
    must("statement", Text),
];

/// A suspension to announce.
pub(crate) const SUSPENSION: &[Member] = &[
    may("service", Pick(Of::Service)),
    may("grant", Pick(Of::Grant)),
    must("why", One(&["planned", "unplanned", "cut"], "suspension")),
    may("from", Moment),
    may("to", Moment),
];

/// Maintenance to announce.
pub(crate) const MAINTENANCE: &[Member] =
    &[must("node", Pick(Of::Node)), may("from", Moment), must("to", Moment)];

/// A later day of a task.
pub(crate) const TASK_EXTENSION: &[Member] =
    &[must("new_deadline", Day), must("extension_document", Line), must("granted_by", Line)];

/// A part of a task that an agency makes for itself.
pub(crate) const TASK_PART: &[Member] = &[must("part_said", Text), may("part_due", Day)];

/// A defect that a consumer met in an exchange.
pub(crate) const DEFECT: &[Member] = &[
    must("service", Pick(Of::Service)),
    must("exchange", Line),
    must("field", Line),
    must(
        "defect_kind",
        One(
            &["missing", "range", "duplicate", "format", "reference", "contradiction", "stale", "differs"],
            "defect.group",
        ),
    ),
];

/// How a kind is entered.
pub(crate) fn of(kind: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.kind == kind)
}
