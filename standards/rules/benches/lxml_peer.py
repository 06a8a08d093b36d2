"""Checks messages with lxml (libxml2), beside our own check: parse and schema validation.

Reads commands from stdin, a line each with fields between tabs, and answers each with one line:
  load NAME SCHEMA DOCUMENT   valid or invalid
  run NAME COUNT              the nanoseconds that COUNT checks took
"""

import sys
import time

from lxml import etree


def read(document, parser, schema):
    return schema.validate(etree.fromstring(document, parser))


def main():
    documents = {}
    for line in sys.stdin:
        command, name, *rest = line.rstrip("\n").split("\t")
        if command == "load":
            # Text nodes of any size are part of a fair comparison: our limit is that of the standard.
            parser = etree.XMLParser(no_network=True, resolve_entities=False, huge_tree=True)
            with open(rest[1], "rb") as file:
                documents[name] = (file.read(), parser, etree.XMLSchema(etree.parse(rest[0])))
            answer = "valid" if read(*documents[name]) else "invalid"
        else:
            document, parser, schema = documents[name]
            began = time.perf_counter_ns()
            for _ in range(int(rest[0])):
                read(document, parser, schema)
            answer = str(time.perf_counter_ns() - began)
        print(answer, flush=True)


main()
