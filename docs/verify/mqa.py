#!/usr/bin/env python3
"""Points of a catalogue by the Metadata Quality Assessment of data.europa.eu: mqa.py FILE...  (FILE: .ttl), a line of JSON for each.

Needs rdflib and pyshacl. Written from the method's text, not from the program: whether each dataset conforms is what the shapes of data/dcat-ap/
say. Addresses are not asked.
"""

import json
import pathlib
import sys
from decimal import ROUND_HALF_UP, Decimal

from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace

SHAPES = pathlib.Path(__file__).resolve().parents[2] / "data" / "dcat-ap" / "dcat-ap-SHACL-3.0.1.ttl"
SH = Namespace("http://www.w3.org/ns/shacl#")
EU = "http://publications.europa.eu/resource/authority/"
IANA = "http://www.iana.org/assignments/media-types/"
OPEN = {"CSV", "JSON", "JSON_LD", "RDF_TURTLE", "RDF_XML", "XML", "GEOJSON", "TSV"}


def points(part, whole, most):
    """In hundredths of a point, halves up."""
    if not whole:
        return 0
    return int((Decimal(part * most * 100) / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP))


def of_vocabulary(graph, subject, predicate, start):
    found = list(graph.objects(subject, predicate))
    return bool(found) and all(str(one).startswith(start) for one in found)


def wrong(graph):
    """Things that the profile's shapes find violations at."""
    _, report, _ = validate(graph, shacl_graph=Graph().parse(str(SHAPES)), allow_infos=True, allow_warnings=True)
    violations = report.subjects(SH.resultSeverity, SH.Violation)
    return {report.value(one, SH.focusNode) for one in violations}


def measure(path):
    graph = Graph().parse(path)
    bad = wrong(graph)
    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
    distributions = {one for dataset in datasets for one in graph.objects(dataset, DCAT.distribution)}
    told = {}

    def share(name, things, is_so, most):
        told[name] = points(sum(1 for one in things if is_so(one)), len(things), most)

    def given(predicate):
        return lambda one: (one, predicate, None) in graph

    for name, predicate, most in [("keyword", DCAT.keyword, 30), ("category", DCAT.theme, 30), ("spatial", DCTERMS.spatial, 20),
                                  ("temporal", DCTERMS.temporal, 20), ("access_rights", DCTERMS.accessRights, 10),
                                  ("contact_point", DCAT.contactPoint, 20), ("publisher", DCTERMS.publisher, 10),
                                  ("issued", DCTERMS.issued, 5), ("modified", DCTERMS.modified, 5)]:
        share(name, datasets, given(predicate), most)
    for name, predicate, most in [("download_url", DCAT.downloadURL, 20), ("licence", DCTERMS.license, 20), ("rights", DCTERMS.rights, 5),
                                  ("byte_size", DCAT.byteSize, 5)]:
        share(name, distributions, given(predicate), most)
    share("licence_vocabulary", distributions, lambda one: of_vocabulary(graph, one, DCTERMS.license, EU + "licence/"), 10)
    share("access_rights_vocabulary", datasets, lambda one: of_vocabulary(graph, one, DCTERMS.accessRights, EU + "access-right/"), 5)

    names = {"format": 20, "media_type": 10, "format_vocabulary": 10, "non_proprietary": 20, "machine_readable": 20, "dcat_ap": 30}
    sums = dict.fromkeys(names, 0)
    for dataset in datasets:
        best, most = None, -1
        for one in graph.objects(dataset, DCAT.distribution):
            formats = [str(value)[len(EU + "file-type/"):] for value in graph.objects(one, DCTERMS.format) if str(value).startswith(EU + "file-type/")]
            is_open = any(value in OPEN for value in formats)
            found = {
                "format": (one, DCTERMS.format, None) in graph,
                "media_type": (one, DCAT.mediaType, None) in graph,
                "format_vocabulary": of_vocabulary(graph, one, DCTERMS.format, EU + "file-type/")
                and of_vocabulary(graph, one, DCAT.mediaType, IANA),
                "non_proprietary": is_open,
                "machine_readable": is_open,
                "dcat_ap": dataset not in bad and one not in bad,
            }
            value = sum(names[name] for name, is_so in found.items() if is_so)
            if value > most:
                best, most = found, value
        for name, is_so in (best or {}).items():
            sums[name] += is_so
    for name, most in names.items():
        told[name] = points(sums[name], len(datasets), most)
    return {"points": sum(told.values()), "indicators": told}


for name in sys.argv[1:]:
    print(json.dumps(measure(name), sort_keys=True))
