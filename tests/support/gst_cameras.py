#!/usr/bin/python3
"""Foreign cameras for the tests and benches: GStreamer's RTSP server playing clips without encoding anything.

Owns the server and the pacing of the clips. Knows nothing of Atalaya. Clips are read once into memory, shared by all
cameras, stamped anew and pushed when they are due, for ever.

    gst_cameras.py --cams 2 --port 0 --media FOLDER [--auth none|basic|digest] [--mounts main,sub,h265,mjpeg]

Mounts: /camN/main (main.mp4: H.264, AAC), /camN/sub (sub.mp4: H.264), /camN/h265 (h265.mp4: H.265, AAC), /camN/mjpeg
(mjpeg.mp4). The login comes from GST_CAMERAS_USER and GST_CAMERAS_PASSWORD, never from the arguments. Prints one line
of JSON with the port when it is ready, and ends when its standard input does, so that no orphan stays behind.
"""
import argparse
import heapq
import json
import os
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402, F401 (GstApp gives appsink its methods)

# Each mount's tracks: file, demuxer pad, payloader, payload type.
MOUNTS = {
    "main": [("main.mp4", "video_0", "rtph264pay config-interval=-1", 96), ("main.mp4", "audio_0", "rtpmp4gpay", 97)],
    "sub": [("sub.mp4", "video_0", "rtph264pay config-interval=-1", 96)],
    "h265": [("h265.mp4", "video_0", "rtph265pay config-interval=-1", 96), ("h265.mp4", "audio_0", "rtpmp4gpay", 97)],
    "mjpeg": [("mjpeg.mp4", "video_0", "rtpjpegpay", 26)],
}
TICK_S = 0.004


class Clip:
    """The samples of one track, in memory."""

    def __init__(self, path, pad):
        pipeline = Gst.parse_launch(
            f"filesrc location={path} ! qtdemux name=d d.{pad} ! appsink name=out sync=false max-buffers=0"
        )
        pipeline.set_state(Gst.State.PLAYING)
        sink = pipeline.get_by_name("out")
        self.samples, self.caps = [], None
        while (sample := sink.try_pull_sample(10 * Gst.SECOND)) is not None:
            self.caps = sample.get_caps()
            self.samples.append(sample.get_buffer().copy_deep())
        pipeline.set_state(Gst.State.NULL)
        if not self.samples:
            sys.exit(f"no samples of {pad} in {path}")
        first = self.samples[0].pts
        last = self.samples[-1]
        self.offsets = [sample.pts - first for sample in self.samples]
        self.length = self.offsets[-1] + last.duration


class Feed:
    """One track of one mount that somebody watches."""

    def __init__(self, source, clip):
        self.source, self.clip, self.alive = source, clip, True
        self.index, self.round, self.base = 0, 0, None
        source.set_property("caps", clip.caps)

    def due(self):
        return self.round * self.clip.length + self.clip.offsets[self.index]

    def push(self):
        sample = self.clip.samples[self.index]
        buffer = sample.copy()
        buffer.pts = buffer.dts = self.base + self.due()
        buffer.duration = sample.duration
        self.source.emit("push-buffer", buffer)
        self.index += 1
        if self.index == len(self.clip.samples):
            self.index, self.round = 0, self.round + 1


class Pacer(threading.Thread):
    """Pushes every feed's samples when they are due: one thread for all, which costs next to nothing."""

    def __init__(self):
        super().__init__(daemon=True)
        self.lock, self.arrivals = threading.Lock(), []

    def add(self, feed):
        with self.lock:
            self.arrivals.append(feed)

    def run(self):
        queue, count = [], 0
        while True:
            now = time.monotonic_ns()
            with self.lock:
                arrivals, self.arrivals = self.arrivals, []
            for feed in arrivals:
                if not feed.alive:
                    continue
                clock = feed.source.get_clock()
                if clock is None or feed.source.get_state(0)[1] != Gst.State.PLAYING:
                    self.add(feed)
                    continue
                feed.base = clock.get_time() - feed.source.get_base_time()
                count += 1
                heapq.heappush(queue, (now, count, feed, now))
            while queue and queue[0][0] <= now:
                _, order, feed, start = heapq.heappop(queue)
                if feed.alive:
                    feed.push()
                    heapq.heappush(queue, (start + feed.due(), order, feed, start))
            time.sleep(TICK_S)


def configure(_factory, media, tracks, pacer):
    media.set_reusable(False)
    element = media.get_element()
    feeds = [Feed(element.get_by_name(f"track{i}"), clip) for i, clip in enumerate(tracks)]
    for feed in feeds:
        pacer.add(feed)

    def gone(_media):
        for feed in feeds:
            feed.alive = False

    media.connect("unprepared", gone)


def restrict(server, kind):
    """Asks everybody for the login."""
    user, password = os.environ["GST_CAMERAS_USER"], os.environ["GST_CAMERAS_PASSWORD"]
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if kind == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cams", type=int, default=1)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--media", required=True)
    arguments.add_argument("--auth", choices=["none", "basic", "digest"], default="none")
    arguments.add_argument("--mounts", default=",".join(MOUNTS))
    asked = arguments.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(asked.port))
    server.set_backlog(128)
    if asked.auth != "none":
        restrict(server, asked.auth)
    pacer, clips = Pacer(), {}
    pacer.start()
    for name in asked.mounts.split(","):
        tracks, launch = [], []
        for i, (file, pad, payloader, payload_type) in enumerate(MOUNTS[name]):
            if (file, pad) not in clips:
                clips[file, pad] = Clip(os.path.join(asked.media, file), pad)
            tracks.append(clips[file, pad])
            launch.append(
                f"appsrc name=track{i} is-live=true format=time max-bytes=0"
                f" ! {payloader} name=pay{i} pt={payload_type} mtu=1400"
            )
        for camera in range(1, asked.cams + 1):
            factory = GstRtspServer.RTSPMediaFactory()
            factory.set_shared(True)
            factory.set_latency(0)
            factory.set_launch(f"( {' '.join(launch)} )")
            if asked.auth != "none":
                allowed = GstRtspServer.RTSPPermissions()
                allowed.add_permission_for_role("viewer", "media.factory.access", True)
                allowed.add_permission_for_role("viewer", "media.factory.construct", True)
                factory.set_permissions(allowed)
            factory.connect("media-configure", configure, tracks, pacer)
            server.get_mount_points().add_factory(f"/cam{camera}/{name}", factory)
    if not server.attach(None):
        sys.exit(f"cannot listen on port {asked.port}")
    loop = GLib.MainLoop()

    def wait_for_the_end():
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    GLib.timeout_add_seconds(5, lambda: server.get_session_pool().cleanup() or True)
    loop.run()


main()
