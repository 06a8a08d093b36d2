#!/usr/bin/env python3
"""An example care provider that is connected to Ketenproef: a process of its own, with the standard library only.

It polls the hub, keeps what gemeenten allocate, answers with a retour, and reports the start and the end of deliveries
when its user says so. It cannot begin anew, and it lives by its own clock or asks for the time. docs/connect.md
explains what happens here, step by step.
"""

import argparse
import io
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
import xml.etree.ElementTree as ET
import zipfile
from collections import deque
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

PUSH = "/berichtenservice/berichten/rest-push/v1/berichten"
PULL = "/berichtenservice/berichten/rest-pull/v1/berichten"
# BerichtCode of the messages that we send.
CODES = {"JW302": "437", "JW305": "438", "JW307": "440", "WMO302": "415", "WMO305": "418", "WMO307": "420"}
DELETED = "13"  # RedenWijziging: the allocation is taken back
WEEKLY = "2"  # Frequentie
TEMPORARY = "20"  # RedenBeeindiging
FIRST, REMOVED = "1", "3"  # StatusAanlevering
REASONS = {  # what our user says, as RedenBeeindiging
    "JW": {"volgens-plan": "31", "tijdelijk": TEMPORARY, "client": "32", "aanbieder": "33",
           "overeenstemming": "34", "externe-oorzaak": "35", "overlijden": "02"},
    "WMO": {"volgens-plan": "19", "tijdelijk": TEMPORARY, "client": "21", "aanbieder": "22",
            "overeenstemming": "23", "verhuizing": "31", "overlijden": "02"},
}
FOLLOWS = {"02": "02", "03": "36", "05": "36", "06": "39", "08": "36", "09": "38", "10": "36", "11": "36", "12": "37"}
MOVED = {"JW": "35", "WMO": "31"}  # after RedenWijziging 07
STACKABLE = {"WMO": {"11", "12", "13", "14"}, "JW": set()}  # Categorie whose products may overlap
CLASSES = {"Client", "Contact", "Relatie", "ToegewezenProduct"}  # these carry RetourCodes


class Refused(Exception):
    """What our user asks cannot be done."""


# ----------------------------------------------------------------------------------------------------------- messages
def local(element):
    return element.tag.rsplit("}", 1)[-1]


def space(element):
    return element.tag[1:].split("}")[0]


def text(element, path):
    """The value at a path of element names, in whatever namespace; empty when it is not there."""
    for name in path.split("/"):
        element = next((child for child in element if local(child) == name), None)
        if element is None:
            return ""
    return element.text or ""


def all_of(element, name):
    return [found for found in element.iter() if local(found) == name]


def node(name, *content):
    """An element of the message itself; its content is a value or other elements."""
    return ("m", name, content)


def base(name, *content):
    """An element of the base schema."""
    return ("b", name, content)


def copy(element, namespace, names=None):
    """An element of a message that was received, to be repeated in one that is sent; nothing of it is changed."""
    kind = "m" if element.tag.startswith("{" + namespace + "}") else "b"
    children = [copy(child, namespace) for child in element if names is None or local(child) in names]
    return (kind, local(element), tuple(children) if len(element) else (element.text or "",))


def write(item, prefixes, depth=1):
    kind, name, content = item
    indent, tag = "  " * depth, f"{prefixes[kind]}:{name}"
    if len(content) == 1 and isinstance(content[0], str):
        return f"{indent}<{tag}>{escape(content[0])}</{tag}>\r\n"
    inner = "".join(write(child, prefixes, depth + 1) for child in content if child is not None)
    return f"{indent}<{tag}>\r\n{inner}{indent}</{tag}>\r\n"


def document(name, *content):
    """A whole message, with CR LF at the end of each line as the standard asks."""
    law = "ijw" if name.startswith("JW") else "iwmo"
    prefixes = {"m": name.lower(), "b": law}
    schema = f"http://www.istandaarden.nl/{law}/3_2"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        f'<{name.lower()}:Bericht xmlns:{name.lower()}="{schema}/{name.lower()}/schema"'
        f' xmlns:{law}="{schema}/basisschema/schema">\r\n'
        + "".join(write(item, prefixes) for item in content)
        + f"</{name.lower()}:Bericht>\r\n"
    ).encode()


def versions(name):
    return node(name, base("BasisschemaXsdVersie", "1.0.0"), base("BerichtXsdVersie", "1.0.0"))


def unique():
    return uuid.uuid4().hex[:12].upper()


def codes(code):
    return node("RetourCodes", node("RetourCode", code))


def start(begin, status):
    return [node("Begindatum", begin), node("StatusAanlevering", status)]


# ------------------------------------------------------------------------------------------------------------ the hub
class Hub:
    def __init__(self, url, account):
        self.url, self.account = url.rstrip("/"), account

    def call(self, method, path, body=None, content_type=None):
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("X-Sim-Indiener", self.account)
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def waiting(self):
        return json.loads(self.call("GET", PULL)[1])

    def payload(self, traceer_id):
        """The message; the hub wraps it in a ZIP with one file."""
        status, body = self.call("GET", f"{PULL}/{traceer_id}/payload")
        if status == 200 and body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                body = archive.read(archive.namelist()[0])
        return body if status == 200 else b""

    def confirm(self, traceer_id):
        self.call("DELETE", f"{PULL}/{traceer_id}")

    def push(self, agb, gemeente, name, xml, answers=None):
        """Hands a message in; an answer names the message that it answers and stays in its conversation."""
        traceer_id = str(uuid.uuid4())
        references = {"conversatieId": traceer_id, "traceerId": traceer_id}
        if answers:
            references.update(conversatieId=answers["conversatieId"], alsAntwoordOp=answers["traceerId"])
        context = {"Applicatie": "Voorbeeldzorg", "ApplicatieVersie": "1", "ApplicatieSubversie": "0",
                   "Referentienummer": traceer_id}
        metadata = {
            "routeringgegevens": {
                "afzender": {"rol": "Instelling", "code": agb},
                "geadresseerden": [{"rol": "Gemeente", "code": gemeente}],
                "berichtstroom": {"berichttype": name.rstrip("0123456789"), "berichtsubtype": name,
                                  "berichtversie": 3, "berichtsubversie": 2, "actie": name},
            },
            "referentiegegevens": references,
            "verwerkingscontext": [{"sleutel": key, "waarde": [value]} for key, value in context.items()],
        }
        boundary = "voorbeeld-" + traceer_id
        form = b""
        for part, content in (("berichtMetadata", json.dumps(metadata).encode()), ("payload", xml)):
            form += f'--{boundary}\r\nContent-Disposition: form-data; name="{part}"\r\n\r\n'.encode() + content + b"\r\n"
        form += f"--{boundary}--\r\n".encode()
        status, body = self.call("POST", PUSH, form, f"multipart/form-data; boundary={boundary}")
        if status != 204:
            raise Refused(f"de hub weigert {name}: {status} {body.decode(errors='replace')}")
        return traceer_id

    def now(self):
        return datetime.fromisoformat(json.loads(self.call("GET", "/ketenproef/klok")[1])["nu"])


# ------------------------------------------------------------------------------------------------------- the provider
class Provider:
    def __init__(self, hub, agb, clock):
        self.hub, self.agb, self.clock = hub, agb, clock
        self.allocations = {}  # (gemeente, law, number) -> {"client": element, "product": element}
        self.deliveries = {}  # the same key -> [{"begin": text, "end": text, "temporary": truth}]
        self.sent = {}  # traceerId -> how to take back what a rejected message reported
        self.taken = set()
        self.orders, self.status = deque(), {}  # what our user asked, and how it stands

    def today(self):
        return (self.hub.now() if self.clock == "opvragen" else datetime.now()).date().isoformat()

    def work(self):
        """One round: what our user asked, then what waits at the hub."""
        while self.orders:
            order = self.orders.popleft()
            try:
                self.status[order["id"]] = self.carry_out(order)
            except Refused as refused:
                self.status[order["id"]] = {"status": "geweigerd", "reden": str(refused)}
        for metadata in self.hub.waiting():
            references = metadata["referentiegegevens"]
            if references["traceerId"] not in self.taken:
                self.taken.add(references["traceerId"])
                self.receive(metadata, self.hub.payload(references["traceerId"]))
            self.hub.confirm(references["traceerId"])

    def receive(self, metadata, xml):
        name = metadata["routeringgegevens"]["berichtstroom"].get("berichtsubtype", "")
        references = metadata["referentiegegevens"]
        message = ET.fromstring(xml or b"<empty/>")
        if name.endswith("301"):
            self.allocated(metadata["routeringgegevens"]["afzender"]["code"], name[:-3], message, references)
        elif references.get("alsAntwoordOp") in self.sent and all_of(message, "RetourCode"):
            self.sent.pop(references["alsAntwoordOp"])()

    def allocated(self, gemeente, law, message, references):
        within, over_history = self.judge(law, message)
        self.answer(gemeente, law, message, references, within, over_history)
        if within or over_history:
            return
        for product in all_of(message, "ToegewezenProduct"):
            key = (gemeente, law, text(product, "ToewijzingNummer"))
            self.allocations[key] = {"client": all_of(message, "Client")[0], "product": product}
            if text(product, "RedenWijziging") == DELETED:
                del self.allocations[key]

    def judge(self, law, message):
        """The rules within the message that are broken, and the codes of products that break one beyond it."""
        products, broken, over_history = all_of(message, "ToegewezenProduct"), [], {}
        for index, product in enumerate(products):
            if text(product, "Omvang/Frequentie") == WEEKLY and not text(product, "Einddatum"):
                broken.append("CD076")
            for other in products[index + 1:]:
                if self.overlaps(law, product, other):
                    broken.append("TR302")
            if text(product, "ReferentieAanbieder"):
                over_history[product] = "9379"  # TR379: we never asked for it
        return broken, over_history

    def overlaps(self, law, one, other):
        kind = lambda product: text(product, "Product/Code") or text(product, "Product/Categorie")
        if kind(one) != kind(other) or text(one, "Product/Categorie") in STACKABLE[law]:
            return False
        last = lambda product: text(product, "Einddatum") or date.max.isoformat()
        return text(one, "Ingangsdatum") <= last(other) and text(other, "Ingangsdatum") <= last(one)

    def answer(self, gemeente, law, message, references, within, over_history):
        """The retour: the header unchanged, and with it the codes, or the client as it was received."""
        header = all_of(message, "Header")[0]
        namespace = space(header)
        code = "0001" if within else "0200" if over_history else None
        content = [node("BerichtCode", CODES[law + "302"])] + [copy(child, namespace) for child in header[1:]]
        content += [node("IdentificatieRetour", unique()), node("DagtekeningRetour", self.today()),
                    versions("XsdVersieRetour")]
        content += [codes(code)] if code else []
        parts = [node("Header", *content)]
        if over_history and not within:
            parts.append(self.with_codes(all_of(message, "Client")[0], namespace, over_history))
        self.hub.push(self.agb, gemeente, law + "302", document(law + "302", *parts), answers=references)

    def with_codes(self, element, namespace, found):
        kind, name, content = copy(element, namespace)
        content = tuple(self.with_codes(child, namespace, found) for child in element) or content
        if name in CLASSES and kind == "m":
            content += (codes(found.get(element, "0200")),)
        return (kind, name, content)

    def observations(self):
        return [{"gemeente": gemeente, "standaard": "ijw" if law == "JW" else "iwmo", "nummer": nummer}
                for gemeente, law, nummer in list(self.allocations)]

    def carry_out(self, order):
        acts = {"start-levering": self.start_levering, "stop-levering": self.stop_levering,
                "corrigeer-start": self.corrigeer_start}
        if order.get("act") not in acts:
            return {"status": "niet-ondersteund", "reden": f"{order.get('act')} kennen wij niet"}
        named = order["toewijzing"]
        key = (named["gemeente"], "JW" if named["standaard"] == "ijw" else "WMO", named["nummer"])
        if key not in self.allocations:
            raise Refused(f"toewijzing {key[2]} van gemeente {key[0]} is niet bekend")
        acts[order["act"]](key, order)
        return {"status": "klaar"}

    def start_levering(self, key, order):
        begin = order["begindatum"]
        traceer_id = self.report(key, "305", "Start", [start(begin, FIRST)])
        delivery = {"begin": begin, "end": None, "temporary": False}
        self.deliveries.setdefault(key, []).append(delivery)
        self.sent[traceer_id] = lambda: self.deliveries[key].remove(delivery)

    def corrigeer_start(self, key, order):
        wrong, right = order["begindatum"], order["nieuwe_begindatum"]
        delivery = next((known for known in self.deliveries.get(key, []) if known["begin"] == wrong), None)
        if delivery is None:
            raise Refused(f"een start op {wrong} is niet gemeld")
        traceer_id = self.report(key, "305", "Start", [start(wrong, REMOVED), start(right, FIRST)])
        delivery["begin"] = right
        self.sent[traceer_id] = lambda: delivery.update(begin=wrong)

    def stop_levering(self, key, order):
        law, end = key[1], order["einddatum"]
        delivery = next((known for known in reversed(self.deliveries.get(key, []))
                         if known["end"] is None or known["temporary"]), None)
        if delivery is None:
            raise Refused(f"van toewijzing {key[2]} loopt geen levering")
        reason = REASONS[law].get(order["aanleiding"])
        if order["aanleiding"] == "toewijzing":
            changed = text(self.allocations[key]["product"], "RedenWijziging")
            reason = MOVED[law] if changed == "07" else FOLLOWS.get(changed)
        if reason is None:
            raise Refused(f"bij {order['aanleiding']} hoort geen reden")
        stop = [node("Begindatum", delivery["begin"]), node("RedenBeeindiging", reason), node("Einddatum", end),
                node("StatusAanlevering", FIRST)]
        traceer_id, before = self.report(key, "307", "Stop", [stop]), dict(delivery)
        delivery.update(end=end, temporary=reason == TEMPORARY)
        self.sent[traceer_id] = lambda: delivery.update(before)

    def report(self, key, number, kind, classes):
        """A start or stop message: the person as the gemeente wrote it, the product exactly as it was allocated."""
        gemeente, law, nummer = key
        name, known = law + number, self.allocations[key]
        product, namespace = known["product"], space(known["product"])
        header = node("Header", node("BerichtCode", CODES[name]), node("BerichtVersie", "3"),
                      node("BerichtSubversie", "2"), node("Afzender", self.agb), node("Ontvanger", gemeente),
                      node("BerichtIdentificatie", base("Identificatie", unique()),
                           base("Dagtekening", self.today())), versions("XsdVersie"))
        person = [copy(child, namespace, {"Geslachtsnaam"} if local(child) == "Naam" else None)
                  for child in known["client"] if local(child) in ("Bsn", "Geboortedatum", "Geslacht", "Naam")]
        allocated = [copy(child, namespace) for child in product if local(child) == "Product"]
        reported = [node(kind + "Product", node("ToewijzingNummer", nummer), *allocated,
                         node("ToewijzingIngangsdatum", text(product, "Ingangsdatum")), *content)
                    for content in classes]
        client = node("Client", *person, node(kind + "Producten", *reported))
        return self.hub.push(self.agb, gemeente, name, document(name, header, client))


# ---------------------------------------------------------------------------------------------------- the instructions
def listen(provider, port):
    class Instructions(BaseHTTPRequestHandler):
        def do_POST(self):
            order = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            provider.status[order["id"]] = {"status": "bezig"}
            provider.orders.append(order)
            self.reply(202, {})

        def do_GET(self):
            if self.path.startswith("/waarnemingen?soort=toewijzing"):
                return self.reply(200, provider.observations())
            known = provider.status.get(self.path.rsplit("/", 1)[-1])
            return self.reply(200 if known else 404, known or {"fout": "onbekende opdracht"})

        def reply(self, status, body):
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Says nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Instructions)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    for name, default, meaning in (
            ("hub", "http://127.0.0.1:8480", "where Ketenproef listens"), ("port", 9000, "where we take instructions"),
            ("agb", "65656055", "our AGB code"), ("account", "voorbeeld", "the account that hands in for us"),
            ("poll", 1.0, "seconds between two looks at the hub")):
        options.add_argument("--" + name, default=default, type=type(default), help=meaning)
    options.add_argument("--klok", choices=["echt", "opvragen"], default="echt", help="whose time we live by")
    chosen = options.parse_args()
    provider = Provider(Hub(chosen.hub, chosen.account), chosen.agb, chosen.klok)
    listen(provider, chosen.port)
    print(f"voorbeeld-aanbieder {chosen.agb}: opdrachten op poort {chosen.port}, hub {chosen.hub}", flush=True)
    while True:
        try:
            provider.work()
        except (OSError, ValueError, KeyError, ET.ParseError, Refused) as error:
            print(error, flush=True)  # The hub may not be there yet; the next look finds it.
        time.sleep(chosen.poll)


if __name__ == "__main__":
    main()
