"""The example provider as a command: one process for each event, with what it knows in a folder."""
import json
import pickle
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import aanbieder  # noqa: E402


class Desk:
    """Takes what the provider hands in, instead of a hub."""

    def __init__(self, now):
        self.moment, self.made = aanbieder.datetime.fromisoformat(now), []

    def push(self, agb, gemeente, name, xml, answers=None):
        self.made.append(xml.decode())
        return str(aanbieder.uuid.uuid4())

    def now(self):
        return self.moment


event = json.load(sys.stdin)
if len(sys.argv) > 2 and sys.argv[2] == "stil":
    sys.stdin.read()
    import time
    time.sleep(60)
desk = Desk(event["nu"])
provider = aanbieder.Provider(desk, "65656055", "opvragen")
memory = Path(event["staat"]) / "geheugen"
if memory.exists():
    provider.allocations, provider.deliveries, provider.taken = pickle.loads(memory.read_bytes())
answer = {"klaar": True}
if "bericht" in event:
    provider.receive(event["bericht"]["metadata"], event["bericht"]["xml"].encode())
elif event["instructie"]["act"] not in ("zet-klok", "reset"):
    try:
        outcome = provider.carry_out(event["instructie"])
        answer["klaar"] = outcome["status"] == "klaar"
    except aanbieder.Refused as refused:
        answer = {"klaar": False, "reden": str(refused)}
memory.write_bytes(pickle.dumps((provider.allocations, provider.deliveries, provider.taken)))
otherwise = sys.argv[3:5] if sys.argv[2:3] == ["anders"] else ["", ""]
answer["berichten"] = [made.replace(*otherwise) for made in desk.made]
answer["waarnemingen"] = [dict(seen, soort="toewijzing") for seen in provider.observations()]
json.dump(answer, sys.stdout)
