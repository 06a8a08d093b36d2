#!/usr/bin/env python3
"""An example of who reads registers in the network: a care provider, with the standard library only.

It takes in notifications of gemeenten over TLS, fetches what they are about at the source, and reports a fault when its
user says so. An instruction sets its clock, after which it does what is due. docs/connect.md explains what happens here.
"""

import argparse
import hashlib
import json
import queue
import ssl
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

RETRY_MINUTES = [1, 5, 15, 60, 240]  # after which we try again what did not succeed; then every four hours
EMPTY_MINUTES = [1, 5]  # after which we look again for what was not there yet
GIVE_UP = timedelta(days=3)
CIVIL = ZoneInfo("Europe/Amsterdam")  # instructions have no zone of their own
READ = "registers/{register}/{collection}/{entity}:read"
REGISTERS = {  # what we may read, and the fields that we want of it
    "Toewijzing": ("TR", "toewijzingsregister", "toewijzingen", "toewijzingID",
                   "toewijzingID wet gemeente aanbieder toewijzingNummer ingangsdatum einddatum redenWijziging clientID "
                   "product { categorie code }"),
    "Client": ("CR", "clientregister", "clienten", "clientID",
               "clientID wet gemeente bsn geboortedatum { datum } naam { geslachtsnaam { achternaam } }"),
}
FAMILIES = {"WMO": "iwmo", "JW": "ijw"}
REPORTS = {"iwmo": "IWMOFOUTMELDING", "ijw": "IJWFOUTMELDING"}


class Refused(Exception):
    """What our user asks cannot be done."""


class Failed(Exception):
    """A call did not succeed."""
    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


# ---------------------------------------------------------------------------------------------------------- the network
class Network:
    """Where services are, tokens for them, and calls of them."""

    def __init__(self, url, pki, code):
        self.url, self.code = url, code
        self.context = ssl.create_default_context(cafile=pki / "authority.pem")
        self.context.load_cert_chain(pki / "sut.pem", pki / "sut.key")
        self.book, self.tokens = {}, {}

    def exchange(self, url, body=None, token=None):
        headers = {"Content-Type": "application/json",
                   # A new trace for each interaction (RFC0022a).
                   "X-B3-TraceId": uuid.uuid4().hex, "X-B3-SpanId": uuid.uuid4().hex[:16]}
        headers.update({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=15, context=self.context) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise Failed(error.code, error.read()[:200].decode(errors="replace")) from error
        except (OSError, ValueError) as error:
            raise Failed(502, str(error)) from error

    def place(self, party, role):
        """Token endpoint, way in and resource endpoint of a service, from the address book."""
        if (party, role) not in self.book:
            self.book = {}
            for entry in self.exchange(self.url + "/adresboek"):
                owner = entry["gegevensdienstId"].split("_")[0]
                for known in entry["systeemrollen"]:
                    self.book[owner, known["systeemrolcode"]] = (
                        entry["tokenEndpoint"]["tokenEndpointuri"],
                        entry["authorizationEndpoint"]["authorizationEndpointuri"],
                        known["resourceEndpoint"]["resourceEndpointuri"])
        if (party, role) not in self.book:
            raise Failed(404, f"{role} of {party} is not in the address book")
        return self.book[party, role]

    def token(self, place, scope):
        key = (place[2], scope)
        token, end = self.tokens.get(key, (None, 0))
        if time.time() + 5 >= end:
            given = self.exchange(place[0], {"grant_type": "client_credentials", "scope": scope, "audience": place[2]})
            token = given["access_token"]
            self.tokens[key] = (token, time.time() + given.get("expires_in", 60))
        return token

    def call(self, party, role, scope, query, variables):
        """Asks a service; a refused token is renewed once, and the address book is read again once."""
        renewed = reread = False
        while True:
            try:
                place = self.place(party, role)
                answer = self.exchange(place[1], {"query": query, "variables": variables}, self.token(place, scope))
                if answer.get("errors"):  # A part of what we asked is not what we asked.
                    raise Failed(502, json.dumps(answer["errors"])[:200])
                return answer["data"]
            except Failed as error:
                if error.status == 401 and not renewed:
                    renewed, self.tokens = True, {}
                elif error.status in (400, 401, 404, 410, 421) and not reread:
                    reread, self.book, self.tokens = True, {}, {}
                else:
                    raise


# ---------------------------------------------------------------------------------------------------------- the consumer
class Consumer:
    def __init__(self, network, code):
        self.network, self.code = network, code
        self.lock, self.status = threading.RLock(), {}
        self.begin_anew()

    def begin_anew(self):
        with self.lock:
            self.now = datetime(2026, 1, 1, tzinfo=CIVIL)
            self.received, self.copies, self.due = {}, {}, []
            self.work = queue.Queue()
            self.network.book, self.network.tokens = {}, {}

    def receive(self, claims, notice):
        """Takes a notification in: it is for us, of who it says, and has one number however often it comes."""
        if (notice["ontvangerIDType"], notice["ontvangerID"]) != ("AGB", self.code):
            raise Refused("ontvangerID is not ours")
        if claims.get(notice["afzenderIDType"].lower()) != notice["afzenderID"]:
            raise Refused("afzenderID is not who sends")
        known = json.dumps([notice[name] for name in ("timestamp", "afzenderID", "eventType")]
                           + sorted(json.dumps(subject, sort_keys=True) for subject in notice["subjectList"]))
        digest = hashlib.sha256(known.encode()).hexdigest()
        with self.lock:
            number = self.received.get(digest)
            if number is None:
                number = self.received[digest] = str(uuid.uuid4())
                wanted = {text for subject in notice["subjectList"] for text in (subject["subject"], subject["recordID"])}
                for record in sorted(wanted):
                    self.work.put((record, notice["afzenderID"], self.now, 0))
        return number

    def settle(self):
        """Does what is due, until nothing is left to do now."""
        with self.lock:
            ripe = [item for at, item in self.due if at <= self.now]
            self.due = [(at, item) for at, item in self.due if at > self.now]
            for item in ripe:
                self.work.put(item)
            while not self.work.empty():
                self.fetch(*self.work.get())

    def fetch(self, record, owner, first, count):
        entity, _, key = record.partition("/")
        if entity not in REGISTERS:
            return
        code, register, collection, name, fields = REGISTERS[entity]
        root = entity[0].lower() + entity[1:]
        where = {name: {"eq": key}}
        if entity == "Toewijzing":  # A client is ours when the register of allocations says so.
            where["aanbieder"] = {"eq": self.code}
        query = f"query($where: {entity}Where!) {{ {root}(where: $where) {{ {fields} }} }}"
        scope = READ.format(register=register, collection=collection, entity=root)
        try:
            found = self.network.call(owner, "REGISTER_" + code, scope, query, {"where": where})[root]
        except Failed as error:
            if error.status == 429 or error.status >= 500:
                later = self.now + timedelta(minutes=RETRY_MINUTES[min(count, len(RETRY_MINUTES) - 1)])
                if later <= first + GIVE_UP:
                    self.due.append((later, (record, owner, first, count + 1)))
                    return
            print(f"{record} was not fetched: {error}", flush=True)
            return
        if found:
            self.copies[record] = found[0]
        elif self.copies.pop(record, None) is None and count < len(EMPTY_MINUTES):
            # It may not be there yet, or not be ours: that is no fault of anybody.
            self.due.append((self.now + timedelta(minutes=EMPTY_MINUTES[count]), (record, owner, first, count + 1)))

    def report(self, toewijzing, rule):
        wanted = toewijzing["gemeente"], toewijzing["nummer"]
        record = next((record for record, copy in self.copies.items()
                       if (copy["gemeente"], str(copy.get("toewijzingNummer"))) == wanted), None)
        if record is None:
            raise Refused(f"toewijzing {toewijzing['nummer']} is niet bekend")
        moment = self.now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        notice = {"timestamp": moment, "afzenderIDType": "AGB", "afzenderID": self.code,
                  "ontvangerIDType": "GEMEENTE", "ontvangerID": toewijzing["gemeente"],
                  "eventType": REPORTS[toewijzing["standaard"]],
                  "subjectList": [{"subject": rule, "recordID": record}]}
        self.network.call(toewijzing["gemeente"], "MELDING_TR", "organisaties/gemeente/meldingen/melding:create",
                          "mutation($i: MeldingInput!) { zendMelding(meldingInput: $i) { meldingID } }", {"i": notice})

    def observations(self):
        return [{name: value for name, value in {
            "gemeente": copy["gemeente"], "standaard": FAMILIES[copy["wet"]], "nummer": str(copy["toewijzingNummer"]),
            "ingangsdatum": copy["ingangsdatum"], "einddatum": copy["einddatum"]}.items() if value is not None}
                for record, copy in sorted(self.copies.items()) if record.startswith("Toewijzing/")]

    def carry_out(self, order):
        try:
            with self.lock:
                if order["act"] == "reset":
                    self.begin_anew()
                elif order["act"] == "zet-klok":
                    self.now = datetime.fromisoformat(order["nu"]).replace(tzinfo=CIVIL)
                    self.settle()
                elif order["act"] == "meld-fout":
                    self.report(order["toewijzing"], order["regel"])
                else:
                    self.status[order["id"]] = {"status": "niet-ondersteund", "reden": order["act"]}
                    return
            self.status[order["id"]] = {"status": "klaar"}
        except (Refused, Failed) as error:
            self.status[order["id"]] = {"status": "geweigerd", "reden": str(error)}


# ---------------------------------------------------------------------------------------------------------- the listeners
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def reply(self, status, body, kind="application/json"):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_): """Says nothing of each request."""


def listen(consumer, pki, port, orders):
    pinned = ssl.PEM_cert_to_DER_cert((pki / "knooppunt.pem").read_text())

    class Services(Handler):
        def do_POST(self):
            kind = "application/graphql-response+json"
            try:
                body = self.body()
                if self.connection.getpeercert(True) != pinned:
                    return self.reply(403, {"errors": [{"message": "only the way in may call"}]}, kind)
                if self.path != f"/{consumer.code}/notificatie":
                    return self.reply(404, {"errors": [{"message": "there is nothing here"}]}, kind)
                # A product reads the query with a library for GraphQL; this example counts on the variables.
                notice = next(value for value in body["variables"].values() if "eventType" in value)
                number = consumer.receive(json.loads(self.headers["claims"]), notice)
                self.reply(200, {"data": {"zendNotificatie": {"notificatieID": number}}}, kind)
            except (Refused, KeyError, ValueError, TypeError, StopIteration) as error:
                self.reply(400, {"errors": [{"message": str(error)}]}, kind)

    class Instructions(Handler):
        def do_POST(self):
            order = self.body()
            consumer.status[order["id"]] = {"status": "bezig"}
            threading.Thread(target=consumer.carry_out, args=(order,), daemon=True).start()
            self.reply(202, {})

        def do_GET(self):
            if self.path.startswith("/waarnemingen?soort=toewijzing"):
                return self.reply(200, consumer.observations())
            known = consumer.status.get(self.path.rsplit("/", 1)[-1])
            self.reply(200 if known else 404, known or {"fout": "onbekende opdracht"})

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "sut.pem", pki / "sut.key")
    context.load_verify_locations(pki / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED  # Both sides show a certificate (RFC0001).
    services = ThreadingHTTPServer(("127.0.0.1", port), Services)
    services.socket = context.wrap_socket(services.socket, server_side=True)
    for server in (services, ThreadingHTTPServer(("127.0.0.1", orders), Instructions)):
        threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    for name, default, meaning in (
            ("knooppunt", "https://127.0.0.1:8480", "where Ketenproef listens"), ("pki", "pki", "what ketenproef pki wrote"),
            ("port", 9443, "where our services are"), ("orders", 9001, "where we take instructions"),
            ("agb", "65656055", "our AGB code")):
        options.add_argument("--" + name, default=default, type=type(default), help=meaning)
    chosen = options.parse_args()
    pki = Path(chosen.pki)
    consumer = Consumer(Network(chosen.knooppunt, pki, chosen.agb), chosen.agb)
    listen(consumer, pki, chosen.port, chosen.orders)
    print(f"voorbeeld-afnemer {chosen.agb}: opdrachten op poort {chosen.orders}, diensten op {chosen.port}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
