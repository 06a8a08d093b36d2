"""The example provider without a hub of its own: messages are files in a folder, instructions come over HTTP."""
import sys
import time
from pathlib import Path

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import aanbieder  # noqa: E402

root, port = Path(sys.argv[2]), int(sys.argv[3])


class Files:
    def waiting(self):
        found = []
        for path in sorted((root / "in").glob("*.xml")):
            header = aanbieder.all_of(aanbieder.ET.fromstring(path.read_bytes()), "Header")[0]
            name = aanbieder.space(header).split("/")[-2].upper()
            found.append({"routeringgegevens": {"afzender": {"code": aanbieder.text(header, "Afzender")},
                                                "berichtstroom": {"berichtsubtype": name}},
                          "referentiegegevens": {"traceerId": path.stem, "conversatieId": path.stem}})
        return found

    def payload(self, traceer_id):
        return (root / "in" / f"{traceer_id}.xml").read_bytes()

    def confirm(self, traceer_id):
        (root / "in" / f"{traceer_id}.xml").unlink()

    def push(self, agb, gemeente, name, xml, answers=None):
        traceer_id = str(aanbieder.uuid.uuid4())
        partial = root / "uit" / f"{traceer_id}.deel"
        partial.write_bytes(xml)
        partial.rename(partial.with_suffix(".xml"))
        return traceer_id


(root / "in").mkdir(parents=True, exist_ok=True)
(root / "uit").mkdir(parents=True, exist_ok=True)
provider = aanbieder.Provider(Files(), "65656055", "echt")
aanbieder.listen(provider, port)
print("voorbeeld: opdrachten op poort", port, flush=True)
while True:
    provider.work()
    time.sleep(0.1)
