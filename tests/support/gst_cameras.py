#!/usr/bin/python3
"""Foreign cameras: GStreamer's RTSP server, which we did not write, playing clips round and round.

Owns one server with the mounts /camN/main, /camN/sub (H.264), /camN/h265 and /camN/mjpeg for N = 1, 2, ...; the main
and H.265 streams carry the clip's AAC when it has some. Nothing is encoded while it runs: each clip is read once, its
coded pictures stay in memory and go out again with new times, so that many cameras cost little. Knows nothing of the
program under test.

    gst_cameras.py --media FOLDER [--cams N] [--bind IP] [--port P] [--streams main,sub,h265,mjpeg] [--auth none|basic|digest]
                   [--tls FILE] [--connections]

FOLDER holds main.mp4, sub.mp4, h265.mp4, mjpeg.mp4, or those of them that --streams names; their first picture must
be a key picture. With --tls everything is spoken over TLS, with the certificate and the key in FILE (PEM). User and
password come in the environment variables GST_CAMERAS_USER and GST_CAMERAS_PASSWORD.

When it serves, it prints one line: {"ready": true, "port": PORT, "cameras": [{"main": URL, ...}, ...]}; with
--connections also {"connected": SECONDS} for every connection, by a clock that only grows. Lines on standard input are orders: "freeze" stops all pictures while the connections stay, "thaw" lets them go on. When
standard input is closed it ends: it never outlives the test that started it.

Runs with Debian's python3-gi, gir1.2-gst-plugins-base-1.0, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good.
"""
import argparse
import json
import os
import pathlib
import sys
import threading
import time

import gi

for name in ("Gst", "GstApp", "GstRtsp", "GstRtspServer"):
    gi.require_version(name, "1.0")
from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402,F401 (GstApp gives appsrc its methods)

# How often the feeds are looked after: no picture leaves later than this after its time.
TICK_MS = 10

PAYLOADERS = {
    # Parameter sets before every key picture, as cameras do.
    "video/x-h264": "rtph264pay config-interval=-1 pt=96",
    "video/x-h265": "rtph265pay config-interval=-1 pt=96",
    "image/jpeg": "rtpjpegpay pt=26",
    "audio/mpeg": "rtpmp4gpay pt=97",
}


class Track:
    """The coded samples of one track of a clip, all in memory."""

    def __init__(self, path, pad):
        pipeline = Gst.parse_launch(f"filesrc name=file ! qtdemux name=demux demux.{pad} ! appsink name=out sync=false")
        pipeline.get_by_name("file").set_property("location", str(path))
        sink = pipeline.get_by_name("out")
        pipeline.set_state(Gst.State.PLAYING)
        self.samples, self.caps, self.length = [], None, 0
        while sample := sink.try_pull_sample(10 * Gst.SECOND):
            self.caps = sample.get_caps()
            buffer = sample.get_buffer()
            # A copy of the bytes: the demuxer's buffers would keep its whole file mapped.
            kept = Gst.Buffer.new_wrapped(buffer.extract_dup(0, buffer.get_size()))
            kept.duration = buffer.duration
            if buffer.has_flags(Gst.BufferFlags.DELTA_UNIT):
                kept.set_flags(Gst.BufferFlags.DELTA_UNIT)
            # Where it lies in the clip. Decoding times only ever grow, and the clips have no reordering.
            self.samples.append((self.length, kept))
            self.length += buffer.duration
        pipeline.set_state(Gst.State.NULL)
        if not self.samples:
            sys.exit(f"{path} has no {pad}")
        self.payloader = PAYLOADERS[self.caps.get_structure(0).get_name()]


class Feed:
    """Sends one track through one appsrc, for ever."""

    def __init__(self, source, track):
        self.source, self.track = source, track
        source.set_property("caps", track.caps)
        self.next, self.due, self.clip_start, self.base = 0, 0, 0, None

    def send_due(self, now, frozen):
        """Sends what is due at this time of the system's clock, which is every pipeline's; what a frozen camera had
        to send is lost."""
        if self.base is None:
            # A pipeline's own time counts only from here on.
            if self.source.get_state(0).state != Gst.State.PLAYING:
                return
            self.base, self.due, self.clip_start = self.source.get_base_time(), now, now
        while self.due <= now:
            if not frozen:
                # Shares the bytes with all other cameras.
                sample = self.track.samples[self.next][1].copy()
                # A pipeline's base time may lie a moment after the tick that found it playing.
                sample.pts = sample.dts = max(0, self.due - self.base)
                self.source.push_buffer(sample)
            self.next += 1
            if self.next == len(self.track.samples):
                self.next = 0
                self.clip_start += self.track.length
            self.due = self.clip_start + self.track.samples[self.next][0]


class Cameras:
    """The server with its mounts and the feeds of those that somebody watches."""

    def __init__(self, media, auth, address, port, tls):
        self.media, self.auth, self.tracks = media, auth, {}
        # The server asks the same object for logins and for its certificate.
        self.guarded = auth != "none" or tls is not None
        self.feeds, self.frozen, self.clock = [], False, Gst.SystemClock.obtain()
        self.server = GstRtspServer.RTSPServer()
        self.server.set_address(address)
        self.server.set_service(str(port))
        self.server.set_backlog(256)
        if self.guarded:
            self.guard(os.environ["GST_CAMERAS_USER"], os.environ["GST_CAMERAS_PASSWORD"], tls)

    def guard(self, user, password, tls):
        auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
        token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
        if tls is not None:
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(str(tls)))
        if self.auth == "none":
            auth.set_default_token(token)
        elif self.auth == "basic":
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        else:
            auth.add_digest(user, password, token)
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        self.server.set_auth(auth)

    def tracks_of(self, stream):
        """The tracks of a stream's clip, read at the first use."""
        if stream not in self.tracks:
            path = self.media / f"{stream}.mp4"
            tracks = [Track(path, "video_0")]
            # qtdemux says nothing of a missing pad before its end, so the file is asked.
            if b"mp4a" in path.read_bytes():
                tracks.append(Track(path, "audio_0"))
            self.tracks[stream] = tracks
        return self.tracks[stream]

    def mount(self, camera, stream):
        tracks = self.tracks_of(stream)
        sources = (
            f"appsrc name=source{n} is-live=true format=time max-bytes=0 ! {track.payloader} name=pay{n}"
            for n, track in enumerate(tracks)
        )
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {' '.join(sources)} )")
        # One pipeline for all who watch a stream, as in a camera.
        factory.set_shared(True)
        factory.set_latency(0)
        if self.guarded:
            permissions = GstRtspServer.RTSPPermissions()
            for right in ("media.factory.access", "media.factory.construct"):
                permissions.add_permission_for_role("user", right, True)
            factory.set_permissions(permissions)
        factory.connect("media-configure", self.configure, tracks)
        self.server.get_mount_points().add_factory(f"/cam{camera}/{stream}", factory)

    def configure(self, _factory, media, tracks):
        """Somebody begins to watch: the feeds go on until the last one has left."""
        element = media.get_element()
        feeds = [Feed(element.get_by_name(f"source{n}"), track) for n, track in enumerate(tracks)]

        def forget(_media):
            self.feeds = [feed for feed in self.feeds if feed not in feeds]

        media.connect("unprepared", forget)
        # A new list, because the server calls this from a thread of its own.
        self.feeds = self.feeds + feeds

    def tick(self):
        now = self.clock.get_time()
        for feed in self.feeds:
            feed.send_due(now, self.frozen)
        return True

    def tell_connections(self):
        def tell(_server, _client):
            print(json.dumps({"connected": time.monotonic()}), flush=True)

        self.server.connect("client-connected", tell)

    def attach(self):
        if not self.server.attach(None):
            sys.exit("the port is taken")
        GLib.timeout_add(TICK_MS, self.tick)
        # Sessions of clients that vanished.
        GLib.timeout_add_seconds(5, lambda: self.server.get_session_pool().cleanup() or True)
        return self.server.get_bound_port()


def obey(cameras, loop):
    """Follows the orders on standard input until it is closed."""
    for line in sys.stdin:
        cameras.frozen = line.strip() == "freeze"
    loop.quit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media", type=pathlib.Path, required=True)
    parser.add_argument("--cams", type=int, default=1)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--streams", default="main,sub,h265,mjpeg")
    parser.add_argument("--auth", choices=("none", "basic", "digest"), default="none")
    parser.add_argument("--tls", type=pathlib.Path)
    parser.add_argument("--connections", action="store_true")
    args = parser.parse_args()

    Gst.init(None)
    cameras = Cameras(args.media, args.auth, args.bind, args.port, args.tls)
    scheme = "rtsps" if args.tls else "rtsp"
    streams = args.streams.split(",")
    for camera in range(1, args.cams + 1):
        for stream in streams:
            cameras.mount(camera, stream)
    if args.connections:
        cameras.tell_connections()
    port = cameras.attach()
    urls = [
        {stream: f"{scheme}://{args.bind}:{port}/cam{camera}/{stream}" for stream in streams}
        for camera in range(1, args.cams + 1)
    ]
    print(json.dumps({"ready": True, "port": port, "cameras": urls}), flush=True)
    loop = GLib.MainLoop()
    threading.Thread(target=obey, args=(cameras, loop), daemon=True).start()
    loop.run()


main()
