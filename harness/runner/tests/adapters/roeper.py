"""The example afnemer gone wrong: told of something, it asks for the address book over and over before it goes on.

Usage: roeper.py EXAMPLES followed by the arguments of afnemer.py
"""

import http.client
import secrets
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv.pop(1))

import afnemer  # noqa: E402

MANY = 1100  # somewhat more than a scenario may see


def ask_on(network):
    connection = http.client.HTTPSConnection(network.url.removeprefix("https://"), context=network.context)
    for _ in range(MANY):
        headers = {"X-B3-TraceId": secrets.token_hex(16), "X-B3-SpanId": secrets.token_hex(8), "X-B3-Sampled": "1"}
        connection.request("GET", "/adresboek", headers=headers)
        connection.getresponse().read()


def receive(consumer, claims, notice):
    ask_on(consumer.network)
    return take_in(consumer, claims, notice)


take_in, afnemer.Consumer.receive = afnemer.Consumer.receive, receive
afnemer.main()
