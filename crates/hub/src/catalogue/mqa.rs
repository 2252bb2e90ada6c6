//! The catalogue by the Metadata Quality Assessment of data.europa.eu: 405 points in five dimensions, each indicator by the share of datasets or
//! distributions that satisfy it; for interoperability the best distribution of each dataset counts. It asks no addresses: whether one answers
//! is not measured, and counts nothing.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::rdf::{Graph, Object};

/// Where terms of vocabularies begin.
const FILE_TYPES: &str = "http://publications.europa.eu/resource/authority/file-type/";
const MEDIA_TYPES: &str = "http://www.iana.org/assignments/media-types/";
const ACCESS_RIGHTS: &str = "http://publications.europa.eu/resource/authority/access-right/";
const LICENCES: &str = "http://publications.europa.eu/resource/authority/licence/";
/// File types that are nobody's own and that machines read, of those that a catalogue of ours may name.
const OPEN_FORMATS: [&str; 8] = ["CSV", "JSON", "JSON_LD", "RDF_TURTLE", "RDF_XML", "XML", "GEOJSON", "TSV"];

/// A dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MqaDimension)]
pub(crate) enum Dimension {
    /// Whether it is found.
    Findability,
    /// Whether one gets at it.
    Accessibility,
    /// Whether machines can do something with it.
    Interoperability,
    /// Whether it may be used again.
    Reusability,
    /// What is said around it.
    Contextuality,
}

/// An indicator of the method.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = MqaIndicator)]
pub(crate) struct Indicator {
    /// Which.
    pub(crate) indicator: &'static str,
    /// Of which dimension.
    pub(crate) dimension: Dimension,
    /// Whether it was measured: what it takes to ask addresses was not.
    pub(crate) measured: bool,
    /// So many satisfy it.
    pub(crate) satisfying: usize,
    /// Of so many datasets or distributions.
    pub(crate) of: usize,
    /// Points that it can give.
    pub(crate) most: u32,
    /// Points that it gives, in hundredths.
    pub(crate) points: i64,
}

/// What a catalogue comes to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CatalogueQuality)]
pub(crate) struct Quality {
    /// Points, in hundredths, of 405.
    pub(crate) points: i64,
    /// `excellent` from 351, `good` from 221, `sufficient` from 121, else `bad`.
    pub(crate) band: &'static str,
    /// Points, in hundredths, that nobody has measured.
    pub(crate) not_measured: i64,
    /// Datasets.
    pub(crate) datasets: usize,
    /// Their distributions.
    pub(crate) distributions: usize,
    /// Each indicator.
    pub(crate) indicators: Vec<Indicator>,
}

/// The quality of a catalogue's metadata.
pub(crate) fn quality(graph: &Graph) -> Quality {
    let datasets: Vec<&str> = graph.of_class("dcat:Dataset");
    let distributions: BTreeSet<&str> =
        datasets.iter().flat_map(|dataset| links(graph, dataset, "dcat:distribution")).collect();
    let mut made = Made { graph, datasets: &datasets, distributions: &distributions, indicators: Vec::new() };
    made.of_datasets(
        Dimension::Findability,
        &[
            ("keyword", "dcat:keyword", 30),
            ("category", "dcat:theme", 30),
            ("spatial", "dct:spatial", 20),
            ("temporal", "dct:temporal", 20),
        ],
    );
    made.unmeasured("access_url_answers", 50);
    made.of_distributions("download_url", 20, Dimension::Accessibility, |graph, one| {
        has(graph, one, "dcat:downloadURL")
    });
    made.unmeasured("download_url_answers", 30);
    made.interoperability();
    made.of_distributions("licence", 20, Dimension::Reusability, |graph, one| has(graph, one, "dct:license"));
    made.of_distributions("licence_vocabulary", 10, Dimension::Reusability, |graph, one| {
        within(graph, one, "dct:license", LICENCES)
    });
    made.of_datasets(Dimension::Reusability, &[("access_rights", "dct:accessRights", 10)]);
    let known = datasets.iter().filter(|one| within(graph, one, "dct:accessRights", ACCESS_RIGHTS)).count();
    made.push("access_rights_vocabulary", Dimension::Reusability, (known, datasets.len()), 5);
    made.of_datasets(
        Dimension::Reusability,
        &[("contact_point", "dcat:contactPoint", 20), ("publisher", "dct:publisher", 10)],
    );
    made.of_distributions("rights", 5, Dimension::Contextuality, |graph, one| has(graph, one, "dct:rights"));
    made.of_distributions("byte_size", 5, Dimension::Contextuality, |graph, one| {
        has(graph, one, "dcat:byteSize")
    });
    made.of_datasets(
        Dimension::Contextuality,
        &[("issued", "dct:issued", 5), ("modified", "dct:modified", 5)],
    );
    let indicators = made.indicators;
    let points = indicators.iter().map(|indicator| indicator.points).sum();
    let unmeasured = indicators.iter().filter(|indicator| !indicator.measured);
    Quality {
        points,
        band: band(points),
        not_measured: unmeasured.map(|indicator| i64::from(indicator.most) * 100).sum(),
        datasets: datasets.len(),
        distributions: distributions.len(),
        indicators,
    }
}

/// The band of points in hundredths.
fn band(points: i64) -> &'static str {
    match points {
        35_100.. => "excellent",
        22_100.. => "good",
        12_100.. => "sufficient",
        _ => "bad",
    }
}

fn links<'a>(graph: &'a Graph, subject: &str, predicate: &str) -> Vec<&'a str> {
    let iri = |object: &'a Object| match object {
        Object::Iri(iri) => Some(iri.as_str()),
        _ => None,
    };
    graph.objects(subject, predicate).filter_map(iri).collect()
}

fn has(graph: &Graph, subject: &str, predicate: &str) -> bool {
    graph.objects(subject, predicate).next().is_some()
}

/// Whether what stands there is of a vocabulary, all of it.
fn within(graph: &Graph, subject: &str, predicate: &str, vocabulary: &str) -> bool {
    let found = links(graph, subject, predicate);
    !found.is_empty() && found.iter().all(|iri| iri.starts_with(vocabulary))
}

/// Indicators in the making.
struct Made<'a> {
    graph: &'a Graph,
    datasets: &'a [&'a str],
    distributions: &'a BTreeSet<&'a str>,
    indicators: Vec<Indicator>,
}

impl Made<'_> {
    fn push(
        &mut self,
        indicator: &'static str,
        dimension: Dimension,
        (satisfying, of): (usize, usize),
        most: u32,
    ) {
        let share = |part: usize, whole: usize| {
            let (part, whole) = (part as i128 * i128::from(most) * 100, whole as i128);
            (whole > 0).then(|| i64::try_from((2 * part + whole) / (2 * whole)).unwrap_or(0))
        };
        let points = share(satisfying, of).unwrap_or(0);
        self.indicators.push(Indicator {
            indicator,
            dimension,
            measured: true,
            satisfying,
            of,
            most,
            points,
        });
    }

    fn unmeasured(&mut self, indicator: &'static str, most: u32) {
        let of = self.distributions.len();
        let dimension = Dimension::Accessibility;
        self.indicators.push(Indicator {
            indicator,
            dimension,
            measured: false,
            satisfying: 0,
            of,
            most,
            points: 0,
        });
    }

    fn of_datasets(&mut self, dimension: Dimension, asked: &[(&'static str, &str, u32)]) {
        for (indicator, predicate, most) in asked {
            let satisfying = self.datasets.iter().filter(|one| has(self.graph, one, predicate)).count();
            self.push(indicator, dimension, (satisfying, self.datasets.len()), *most);
        }
    }

    fn of_distributions(
        &mut self,
        indicator: &'static str,
        most: u32,
        dimension: Dimension,
        is_so: impl Fn(&Graph, &str) -> bool,
    ) {
        let satisfying = self.distributions.iter().filter(|one| is_so(self.graph, one)).count();
        self.push(indicator, dimension, (satisfying, self.distributions.len()), most);
    }

    /// Of each dataset the distribution with most points.
    fn interoperability(&mut self) {
        const ASKED: [(&str, u32); 6] = [
            ("format", 20),
            ("media_type", 10),
            ("format_vocabulary", 10),
            ("non_proprietary", 20),
            ("machine_readable", 20),
            ("dcat_ap", 30),
        ];
        let mut counts = [0_usize; 6];
        for dataset in self.datasets {
            let satisfied = links(self.graph, dataset, "dcat:distribution")
                .into_iter()
                .map(|one| self.of_distribution(dataset, one))
                .max_by_key(|found| {
                    ASKED
                        .iter()
                        .zip(found)
                        .filter(|(_, is_so)| **is_so)
                        .map(|((_, most), _)| most)
                        .sum::<u32>()
                });
            for (count, is_so) in counts.iter_mut().zip(satisfied.unwrap_or_default()) {
                *count += usize::from(is_so);
            }
        }
        for ((indicator, most), count) in ASKED.into_iter().zip(counts) {
            self.push(indicator, Dimension::Interoperability, (count, self.datasets.len()), most);
        }
    }

    fn of_distribution(&self, dataset: &str, one: &str) -> [bool; 6] {
        let graph = self.graph;
        let formats = links(graph, one, "dct:format");
        let is_open = formats
            .iter()
            .any(|format| format.strip_prefix(FILE_TYPES).is_some_and(|name| OPEN_FORMATS.contains(&name)));
        let mandatory = ["dct:title", "dct:description"].iter().all(|what| has(graph, dataset, what));
        [
            has(graph, one, "dct:format"),
            has(graph, one, "dcat:mediaType"),
            within(graph, one, "dct:format", FILE_TYPES) && within(graph, one, "dcat:mediaType", MEDIA_TYPES),
            is_open,
            is_open,
            // What the profile's shapes make mandatory of a dataset and a distribution.
            mandatory && has(graph, one, "dcat:accessURL"),
        ]
    }
}
