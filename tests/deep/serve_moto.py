"""Serves moto's AWS on 127.0.0.1, one request at a time, prints the port it got, and ends when its stdin does.

moto checks a condition and then stores, without a lock between: under threads two conditional writes can both win.
The moto_server command is always threaded, so its application is served here by hand.
"""

import logging
import os
import sys
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server


def end_with_stdin():
    """Whoever started us holds the other end of the pipe: when that process dies, however it dies, we go too."""
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line a request
server = make_server(
    "127.0.0.1",
    0,
    DomainDispatcherApplication(create_backend_app),
    threaded=False,
    request_handler=MotoRequestHandler,
)
print(server.server_port, flush=True)
server.serve_forever()
