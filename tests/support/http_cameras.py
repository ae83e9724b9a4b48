#!/usr/bin/python3
"""Foreign HTTP cameras: Python's own http.server handing out JPEGs that ffmpeg made.

Owns one server with /mjpeg (multipart/x-mixed-replace, in the dialect that --dialect names), /snapshot (one JPEG, a
new one every --every seconds, with an ETag) and nothing else. Knows nothing of the program under test.

    http_cameras.py --media FOLDER [--dialect plain|sloppy] [--fps N] [--every SECONDS] [--auth none|basic]
                    [--port P] [--tls FILE]

FOLDER holds the JPEGs; they are handed out in the order of their names, round and round. With --tls it is spoken over
TLS with the certificate and the key in FILE (PEM). User and password come in
the environment variables HTTP_CAMERAS_USER and HTTP_CAMERAS_PASSWORD. When it serves, it prints one line:
{"ready": true, "port": PORT}. When standard input is closed it ends: it never outlives the test that started it.
"""
import argparse
import base64
import http.server
import json
import os
import pathlib
import ssl
import sys
import threading
import time


class Camera(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.server.auth == "basic" and self.headers.get("Authorization") != self.server.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/mjpeg":
            self.stream()
        elif self.path == "/snapshot":
            self.snapshot()
        else:
            self.send_error(404)

    def snapshot(self):
        pictures = self.server.pictures
        number = int((time.monotonic() - self.server.started) / self.server.every)
        tag = f'"{number}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.end_headers()
            return
        picture = pictures[number % len(pictures)]
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        self.wfile.write(picture)

    def stream(self):
        sloppy = self.server.dialect == "sloppy"
        boundary = '"--frame"' if sloppy else "frame"
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={boundary}")
        self.end_headers()
        due = time.monotonic()
        number = 0
        while True:
            picture = self.server.pictures[number % len(self.server.pictures)]
            if sloppy:
                # No length and no type, bare line feeds, a line end too many.
                part = b"--frame\n\n" + picture + b"\n\n"
            else:
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                part = head.encode() + picture + b"\r\n"
            try:
                self.wfile.write(part)
            except OSError:
                return
            number += 1
            due += 1 / self.server.fps
            time.sleep(max(0, due - time.monotonic()))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--media", type=pathlib.Path, required=True)
    arguments.add_argument("--dialect", choices=["plain", "sloppy"], default="plain")
    arguments.add_argument("--fps", type=float, default=10)
    arguments.add_argument("--every", type=float, default=2)
    arguments.add_argument("--auth", choices=["none", "basic"], default="none")
    arguments.add_argument("--port", type=int, default=0, help="0: any free one")
    arguments.add_argument("--tls", type=pathlib.Path)
    arguments = arguments.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Camera)
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.tls)
        # The handshake is the connection's own thread's: a client that makes none holds up nobody.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    server.pictures = [path.read_bytes() for path in sorted(arguments.media.glob("*.jpg"))]
    server.started = time.monotonic()
    for name in ("dialect", "fps", "every", "auth"):
        setattr(server, name, getattr(arguments, name))
    login = f"{os.environ.get('HTTP_CAMERAS_USER', '')}:{os.environ.get('HTTP_CAMERAS_PASSWORD', '')}"
    server.expected = "Basic " + base64.b64encode(login.encode()).decode()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"ready": True, "port": server.server_port}), flush=True)
    sys.stdin.read()


main()
