#!/usr/bin/env python3
"""A foreign ONVIF device for the tests: ipycam's own HTTP handler and services, on a free port of loopback.

Knows nothing of our client. ipycam's picture libraries are not installed; nothing here makes pictures, so their names
are stood in for: its streams are those of the RTSP server at the port given.
Prints one JSON line with its own port, and ends when its standard input does.
"""

import json
import os
import sys
import threading
import unittest.mock
from http.server import ThreadingHTTPServer
from types import SimpleNamespace

for library in ("cv2", "numpy"):
    sys.modules[library] = unittest.mock.MagicMock()

from ipycam.config import CameraConfig  # noqa: E402
from ipycam.http import IPCameraHTTPHandler  # noqa: E402
from ipycam.onvif import ONVIFService  # noqa: E402
from ipycam.ptz import PTZController  # noqa: E402


def main() -> None:
    config = CameraConfig(
        local_ip="127.0.0.1",
        username=os.environ.get("FOREIGN_USER", ""),
        password=os.environ.get("FOREIGN_PASSWORD", ""),
        rtsp_port=int(sys.argv[1]),
        main_stream_name="cam1/main",
        sub_stream_name="cam1/sub",
    )
    ptz = PTZController(enable_digital_ptz=False)
    handler = type("Handler", (IPCameraHTTPHandler,), {"log_message": lambda *_: None})
    handler.camera = SimpleNamespace(config=config, onvif=ONVIFService(config, ptz), ptz=ptz)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    config.onvif_port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    sys.stdin.read()
    server.shutdown()


main()
