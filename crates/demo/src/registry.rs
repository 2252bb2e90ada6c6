//! The demo nation's registry: what its agencies are, offer and may.

mod contracts;

use std::net::SocketAddr;

use hub::kinds::Document;
use model::agency::{Agency, Bloc, Name, Node};
use model::fault::Fault;
use model::id::{MemberId, NodeId};
use model::procedure::Procedure;
use operate::{input, seed};

use crate::nation::Commune;
use crate::processes::step;

/// The one-stop system of the province.
pub(crate) const PROVINCE_DESK: &str = "VN/LOC/H05/mot-cua";
/// The one-stop system of the commune.
pub(crate) const COMMUNE_DESK: &str = "VN/LOC/H05.101/mot-cua";
/// The system of the ministry that is in charge of schools.
pub(crate) const EDUCATION: &str = "VN/GOV/G03/giao-duc";
/// The commune as a member. Its code has the form of the decree and is made up.
const COMMUNE: &str = "VN/LOC/H05.101";

/// A node of the demo: its identifier, the systems it speaks for, the datasets it serves from which database, and the HTTP
/// services behind it.
pub(crate) struct NodePlan {
    pub(crate) id: &'static str,
    pub(crate) systems: &'static [&'static str],
    /// Database (file without its ending), with the services on it and their tables.
    pub(crate) database: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// HTTP services, with their paths at the demo's applications.
    pub(crate) http: &'static [(&'static str, &'static str)],
}

const POPULATION: (&str, &[(&str, &str)]) = (
    "dan-cu",
    &[
        ("VN/GOV/G01/dan-cu/nguoi", "nguoi"),
        ("VN/GOV/G01/dan-cu/so-da-huy", "so_da_huy"),
        ("VN/GOV/G01/dan-cu/giay-phep-lai-xe", "giay_phep_lai_xe"),
        ("VN/GOV/G01/dan-cu/xe", "xe"),
    ],
);
const IDENTITY: &[(&str, &str)] =
    &[("VN/GOV/G01/cu-tru/dinh-danh", "g01/dinh-danh"), ("VN/GOV/G01/cu-tru/thuong-tru", "g01/thuong-tru")];

/// The nodes: two for population, one for each of the others.
pub(crate) const NODES: [NodePlan; 10] = [
    NodePlan {
        id: "VN/GOV/G01/nut-1",
        systems: &["VN/GOV/G01/cu-tru", "VN/GOV/G01/dan-cu"],
        database: Some(POPULATION),
        http: IDENTITY,
    },
    NodePlan {
        id: "VN/GOV/G01/nut-2",
        systems: &["VN/GOV/G01/cu-tru", "VN/GOV/G01/dan-cu"],
        database: Some(POPULATION),
        http: IDENTITY,
    },
    NodePlan {
        id: "VN/GOV/G15/nut-1",
        systems: &["VN/GOV/G15/ho-tich"],
        database: Some((
            "ho-tich",
            &[
                ("VN/GOV/G15/ho-tich/khai-sinh", "khai_sinh"),
                ("VN/GOV/G15/ho-tich/ket-hon", "ket_hon"),
                ("VN/GOV/G15/ho-tich/khai-tu", "khai_tu"),
            ],
        )),
        http: &[("VN/GOV/G15/ho-tich/so-ho-tich", "g15/so-ho-tich")],
    },
    NodePlan {
        id: "VN/GOV/G24/nut-1",
        systems: &["VN/GOV/G24/bao-hiem"],
        database: Some(("bao-hiem", &[("VN/GOV/G24/bao-hiem/nguoi-tham-gia", "nguoi_tham_gia")])),
        http: &[
            ("VN/GOV/G24/bao-hiem/the-bhyt", "g24/the-bhyt"),
            ("VN/GOV/G24/bao-hiem/tro-cap", "g24/tro-cap"),
        ],
    },
    NodePlan {
        id: "VN/GOV/G10/nut-1",
        systems: &["VN/GOV/G10/dat-dai"],
        database: Some(("dat-dai", &[("VN/GOV/G10/dat-dai/thua-dat", "thua_dat")])),
        http: &[("VN/GOV/G10/dat-dai/bien-dong", "g10/bien-dong")],
    },
    NodePlan {
        id: "VN/GOV/G03/nut-1",
        systems: &[EDUCATION],
        database: Some(("giao-duc", &[("VN/GOV/G03/giao-duc/hoc-sinh", "hoc_sinh")])),
        http: &[("VN/GOV/G03/giao-duc/nhap-hoc", "g03/nhap-hoc")],
    },
    NodePlan {
        id: "VN/GOV/G18/nut-1",
        systems: &["VN/GOV/G18/bao-tro"],
        database: Some(("bao-tro", &[("VN/GOV/G18/bao-tro/doi-tuong", "doi_tuong_bao_tro")])),
        http: &[],
    },
    NodePlan {
        id: "VN/GOV/G12/nut-1",
        systems: &["VN/GOV/G12/ho-kinh-doanh"],
        database: Some(("ho-kinh-doanh", &[("VN/GOV/G12/ho-kinh-doanh/dang-ky", "ho_kinh_doanh")])),
        http: &[],
    },
    NodePlan { id: "VN/LOC/H05/nut-1", systems: &[PROVINCE_DESK], database: None, http: &[] },
    NodePlan { id: "VN/LOC/H05.101/nut-1", systems: &[COMMUNE_DESK], database: None, http: &[] },
];

/// The documents, and what the demo looks up in them.
pub(crate) struct Registry {
    pub(crate) documents: Vec<Document>,
}

impl Registry {
    /// The registry, with the nodes at `addresses` and the demo's commune by its name.
    pub(crate) fn new(addresses: &[SocketAddr], commune: &Commune) -> Result<Self, Fault> {
        let mut documents = vec![Document::Agency(Box::new(commune_agency(commune)?))];
        for (name, text) in [
            ("systems.yaml", include_str!("registry/systems.yaml")),
            ("services.yaml", include_str!("registry/services.yaml")),
            ("legal.yaml", include_str!("registry/legal.yaml")),
            ("grants.yaml", include_str!("registry/grants.yaml")),
            ("catalogue.yaml", include_str!("registry/catalogue.yaml")),
            ("pham-vi.yaml", include_str!("../../../data/procedures/pham-vi.yaml")),
            ("muc-dich.yaml", include_str!("../../../data/procedures/muc-dich.yaml")),
            ("ho-tich.yaml", include_str!("../../../data/procedures/ho-tich.yaml")),
            ("cu-tru-can-cuoc.yaml", include_str!("../../../data/procedures/cu-tru-can-cuoc.yaml")),
            ("bao-hiem-xa-hoi.yaml", include_str!("../../../data/procedures/bao-hiem-xa-hoi.yaml")),
            (
                "dat-dai-giao-duc-khac.yaml",
                include_str!("../../../data/procedures/dat-dai-giao-duc-khac.yaml"),
            ),
        ] {
            documents.extend(input::documents::<Document>(name, text)?);
        }
        // What every hub begins with, but for what the nation's owners have registered themselves.
        let seed = seed::documents()?.into_iter();
        let known: Vec<Document> = seed
            .filter(|known| documents.iter().all(|document| document.subject() != known.subject()))
            .collect();
        documents.extend(known);
        documents.extend(contracts::contracts(&documents));
        for (plan, address) in NODES.iter().zip(addresses) {
            let parsed = |text: &str| text.parse().map_err(|_| step("registry", text));
            let systems = plan.systems.iter().map(|system| parsed(system)).collect::<Result<_, _>>()?;
            let id: NodeId = plan.id.parse().map_err(|_| step("registry", plan.id))?;
            documents.push(Document::Node(Box::new(Node { id, address: address.to_string(), systems })));
        }
        Ok(Self { documents })
    }

    /// An agency's name.
    pub(crate) fn agency(&self, member: &MemberId) -> Name {
        let found = self.documents.iter().find_map(|document| match document {
            Document::Agency(agency) if agency.id == *member => Some(agency.name.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| Name { vi: member.to_string(), en: member.to_string() })
    }

    /// The procedure of a code, the latest version.
    pub(crate) fn procedure(&self, code: &str) -> Option<&Procedure> {
        let all = self.documents.iter().filter_map(|document| match document {
            Document::Procedure(procedure) if procedure.code() == code => Some(&**procedure),
            _ => None,
        });
        all.max_by_key(|procedure| procedure.version())
    }
}

fn commune_agency(commune: &Commune) -> Result<Agency, Fault> {
    let name =
        Name { vi: format!("UBND {}", commune.name), en: format!("People's Committee of {}", commune.name) };
    let parsed = |text: &str| text.parse::<MemberId>().map_err(|_| step("registry", text));
    Ok(Agency {
        id: parsed(COMMUNE)?,
        parent: Some(parsed("VN/LOC/H05")?),
        name,
        bloc: Bloc::Local,
        assumed_code: true,
    })
}
