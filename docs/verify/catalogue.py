#!/usr/bin/env python3
"""Checks a catalogue against the published shapes of DCAT-AP 3: catalogue.py FILE...  (FILE: .ttl or .jsonld)

Needs pyshacl 0.40.1. The shapes are those in data/dcat-ap/. Every result of every severity counts, with one exception that the profile's
text itself makes: a publisher outside the EU's institutions is in no list of theirs.
"""

import pathlib
import sys

from pyshacl import validate
from rdflib import Graph, Namespace, URIRef

SHAPES = pathlib.Path(__file__).resolve().parents[2] / "data" / "dcat-ap"
SH = Namespace("http://www.w3.org/ns/shacl#")
PUBLISHER = URIRef("http://purl.org/dc/terms/publisher")


def read(path):
    return Graph().parse(str(path), format="json-ld" if str(path).endswith("jsonld") else "turtle")


def main():
    found = 0
    for name in sys.argv[1:]:
        data = read(name)
        for shapes in sorted(SHAPES.glob("*.ttl")) + sorted(SHAPES.glob("*.jsonld")):
            _, report, _ = validate(data, shacl_graph=read(shapes), allow_infos=False, allow_warnings=False)
            for result in set(report.objects(None, SH.result)):
                path = report.value(result, SH.resultPath)
                if "mdr-vocabularies" in shapes.name and path == PUBLISHER:
                    continue
                found += 1
                told = [SH.resultSeverity, SH.focusNode, SH.resultPath, SH.value, SH.resultMessage]
                print(shapes.name, *[report.value(result, part) for part in told])
    sys.exit(1 if found else 0)


main()
