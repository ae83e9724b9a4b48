#!/usr/bin/env python3
"""A LAN of 254 addresses in two network namespaces: one to scan from, one with 16 cameras of many dialects and 40 hosts
that are no cameras. All other addresses are dead.

Owns the namespaces, the dialects that simulated cameras do not speak, and the hosts. Knows nothing of the scanner. Prints
one line of JSON when everything is up; takes everything down when its standard input ends, even if it is killed. Needs
root and iproute2. Usage: lan.py --simcam PATH/atalaya-cli
"""
import argparse
import asyncio
import ipaddress
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys

NET = "10.77.0."
SCANNER = NET + "1"
GROUP, WS_PORT = "239.255.255.250", 3702

# Simulated cameras: address, first port (RTSP; ONVIF is the next one), login, faults.
SIMCAMS = [
    (NET + "11", 8554, False, []),
    (NET + "12", 554, True, []),
    (NET + "13", 8554, False, ["discovery-delay=0.5"]),
    (NET + "14", 5543, True, ["discovery-delay=0.5"]),
    (NET + "15", 8554, False, ["clock-offset=-86400", "discovery-delay=0.5"]),
    (NET + "16", 79, False, ["no-discovery"]),
    (NET + "17", 8079, True, ["no-discovery"]),
    (NET + "18", 10554, True, ["reject-auth"]),
]

# Cameras that are written here after what real ones do: RTSP port, ONVIF port, kind of discovery, RTSP Server header.
DIALECTS = {
    # A bare uuid, IPv6 and IPv4 addresses, everything behind a login.
    NET + "31": dict(rtsp=554, onvif=80, ws="bare", server="Rtsp Server/3.0"),
    # A stale address in XAddrs.
    NET + "32": dict(rtsp=554, onvif=8080, ws="foreign", server=None),
    # No ONVIF at all; the brand stands in the header.
    NET + "33": dict(rtsp=554, onvif=None, ws=None, server="Hikvision RTSP Server"),
    # The same on another port, with another brand's web page beside it.
    NET + "34": dict(rtsp=10554, onvif=None, ws=None, server=None, title="AXIS M1234", web=80),
    # ONVIF on 8899, found by its port alone.
    NET + "35": dict(rtsp=8554, onvif=8899, ws=None, server=None),
    # ONVIF on 2020, answers only a probe that is sent to it alone.
    NET + "36": dict(rtsp=554, onvif=2020, ws="unicast", server=None),
    # Answers only a probe for tds:Device, as late as it may.
    NET + "37": dict(rtsp=554, onvif=8000, ws="device", server="GStreamer RTSP server"),
    # Half a second late for every probe, no types but ONVIF scopes.
    NET + "38": dict(rtsp=554, onvif=80, ws="scopes", server="H264DVR 1.0"),
}


def hosts():
    """The 40 that are no cameras: address -> [(port, what it does)]."""
    found = {}
    address = lambda n: NET + str(100 + n)
    for n in range(1, 11):
        found[address(n)] = [(80, "web")]
    for n in range(11, 17):
        found[address(n)] = [(8080, "login"), (443, "closes")]
    for n in range(17, 22):
        found[address(n)] = [(443, "closes")]
    for n in range(22, 28):
        found[address(n)] = [(22, "ssh"), (8000, "ssh")]
    for n in range(28, 32):
        found[address(n)] = [(554, "silent")]
    for n in range(32, 35):
        found[address(n)] = [(554, "ssh"), (80, "web")]
    for n in range(35, 38):
        found[address(n)] = [(8554, "web")]
    for n in range(38, 41):
        found[address(n)] = [(80, "brand"), (8899, "silent")]
    return found


COMPUTERS = [NET + "101", NET + "102", NET + "139"]


async def head(reader):
    """One request's head and body."""
    data = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", data)
    body = await reader.readexactly(int(length.group(1))) if length else b""
    return data, body


def guarded(serve):
    async def run(reader, writer):
        try:
            await asyncio.wait_for(serve(reader, writer), 20)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            writer.close()
    return run


def rtsp(server):
    async def serve(reader, writer):
        while True:
            data, _ = await head(reader)
            method = data.split(b" ")[0]
            cseq = re.search(rb"(?i)cseq: *(\d+)", data)
            lines = ["RTSP/1.0 200 OK" if method == b"OPTIONS" else "RTSP/1.0 401 Unauthorized"]
            lines.append("CSeq: " + (cseq.group(1).decode() if cseq else "0"))
            if server:
                lines.append("Server: " + server)
            if method == b"OPTIONS":
                lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
            else:
                lines.append('WWW-Authenticate: Digest realm="IPC", nonce="%08x"' % random.getrandbits(32))
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            await writer.drain()
    return guarded(serve)


def answer(writer, status, body, kind="text/html", extra=""):
    body = body.encode()
    writer.write(f"HTTP/1.1 {status}\r\nServer: lighttpd\r\nContent-Type: {kind}\r\n{extra}"
                 f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>%s</s:Body></s:Envelope>'
TIME = ENVELOPE % (
    '<tds:GetSystemDateAndTimeResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema"><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>'
    '<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>0</tt:Hour><tt:Minute>1</tt:Minute>'
    '<tt:Second>2</tt:Second></tt:Time><tt:Date><tt:Year>1970</tt:Year><tt:Month>1</tt:Month><tt:Day>1</tt:Day></tt:Date>'
    '</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>')
FAULT = ENVELOPE % (
    '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:ter="http://www.onvif.org/ver10/error">'
    'ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">Sender not authorized</s:Text>'
    '</s:Reason></s:Fault>')


@guarded
async def onvif(reader, writer):
    while True:
        data, body = await head(reader)
        if data.startswith(b"GET"):
            answer(writer, "200 OK", "<html><title>Network camera</title></html>")
        elif b"GetSystemDateAndTime" in body:
            answer(writer, "200 OK", TIME, "application/soap+xml")
        else:
            answer(writer, "400 Bad Request", FAULT, "application/soap+xml")
        await writer.drain()


def web(title, status="200 OK", extra=""):
    async def serve(reader, writer):
        while True:
            data, _ = await head(reader)
            found = status if data.startswith(b"GET / ") else "404 Not Found"
            answer(writer, found, f"<html><head><title>{title}</title></head></html>", extra=extra)
            await writer.drain()
    return guarded(serve)


@guarded
async def ssh(reader, writer):
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await reader.read()


@guarded
async def silent(reader, writer):
    await reader.read()


@guarded
async def closes(reader, writer):
    pass


BEHAVIOUR = {
    "web": web("Router"),
    "login": web("Printer", "401 Unauthorized", 'WWW-Authenticate: Basic realm="Printer"\r\n'),
    "brand": web("Hikvision switch"),
    "ssh": ssh, "silent": silent, "closes": closes,
}


def match(address, dialect, relates_to):
    """The ProbeMatches of a camera."""
    uuid = "00000000-0000-4000-8000-" + ipaddress.ip_address(address).packed.hex().zfill(12)
    ws, port = dialect["ws"], dialect["onvif"]
    xaddrs = {
        "bare": f"http://[fe80::1]:{port}/onvif/device_service http://{address}:{port}/onvif/device_service",
        "foreign": f"http://192.168.1.64:{port}/onvif/device_service",
    }.get(ws, f"http://{address}:{port}/onvif/device_service")
    types = "" if ws == "scopes" else "dn:NetworkVideoTransmitter"
    reference = ("uuid:" if ws == "bare" else "urn:uuid:") + uuid
    return matches(relates_to, reference, types, "onvif://www.onvif.org/type/video_encoder", xaddrs)


def matches(relates_to, reference, types, scopes, xaddrs):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope '
        'xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header>'
        f'<wsa:RelatesTo>{relates_to}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>'
        f'<wsa:EndpointReference><wsa:Address>{reference}</wsa:Address></wsa:EndpointReference>'
        f'<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs>'
        '<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>'
    ).encode()


class Discovery(asyncio.DatagramProtocol):
    """Answers probes: one socket for the group, one for each camera that is asked by itself."""

    def __init__(self, address=None):
        self.address = address

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        text = data.decode("utf-8", "replace")
        message = re.search(r"MessageID[^>]*>([^<]+)<", text)
        if "Probe>" not in text or not message:
            return
        asked_for_device = "tds:Device" in text
        for address, dialect in DIALECTS.items():
            ws = dialect["ws"]
            wanted = {"unicast": self.address == address, "device": asked_for_device and self.address is None,
                      None: False}.get(ws, self.address in (None, address))
            if wanted:
                late = {"device": 0.5, "scopes": 0.5}.get(ws, random.uniform(0, 0.5))
                reply = match(address, dialect, message.group(1))
                asyncio.get_running_loop().call_later(late, send, address, reply, peer)
        for address in COMPUTERS if self.address is None else []:
            reply = matches(message.group(1), "urn:uuid:4509a320-00a0-008f-00b6-002507510eca", "wsdp:Device pub:Computer",
                            "", f"http://{address}:5357/x")
            asyncio.get_running_loop().call_later(random.uniform(0, 0.5), send, address, reply, peer)


def send(address, reply, peer):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((address, 0))
        out.sendto(reply, peer)


async def inside():
    """Everything that this script plays itself, in the namespace of the hosts."""
    async def listen(address, port, serve):
        await asyncio.start_server(serve, address, port, backlog=64)

    for address, dialect in DIALECTS.items():
        await listen(address, dialect["rtsp"], rtsp(dialect["server"]))
        if dialect["onvif"]:
            await listen(address, dialect["onvif"], onvif)
        if "web" in dialect:
            await listen(address, dialect["web"], web(dialect["title"]))
    for address, ports in hosts().items():
        for port, behaviour in ports:
            await listen(address, port, BEHAVIOUR[behaviour])

    group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    group.bind((GROUP, WS_PORT))
    member = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(NET + "31"))
    group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Discovery, sock=group)
    for address in DIALECTS:
        await loop.create_datagram_endpoint(lambda own=address: Discovery(own), local_addr=(address, WS_PORT))
    print("ready", flush=True)
    await asyncio.Event().wait()


PROBE = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
    '<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>'
    '<a:MessageID>urn:uuid:00000000-0000-4000-8000-%012d</a:MessageID>'
    '<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>'
)


def forge(count):
    """Multicasts probes from an address where nobody is; prints the bytes of all."""
    victim, total = NET + "250", 0
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(NET + "31"))
        for number in range(count):
            payload = (PROBE % number).encode()
            # UDP without a checksum is allowed over IPv4 (RFC 768); the kernel fills in that of the IP header.
            udp = struct.pack("!HHHH", 40000, WS_PORT, 8 + len(payload), 0)
            header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), number, 0, 1, socket.IPPROTO_UDP, 0,
                                 socket.inet_aton(victim), socket.inet_aton(GROUP))
            raw.sendto(header + udp + payload, (GROUP, 0))
            total += 28 + len(payload)
    print(total)


def hello():
    """Lets the first dialect's camera say hello; prints the bytes."""
    address, dialect = next(iter(DIALECTS.items()))
    # A Hello holds what a ProbeMatch holds, and answers nothing (WS-Discovery §4.1).
    text = match(address, dialect, "").decode()
    text = re.sub(r"<wsa:RelatesTo></wsa:RelatesTo>", "", text).replace("<d:ProbeMatches><d:ProbeMatch>", "<d:Hello>")
    payload = text.replace("</d:ProbeMatch></d:ProbeMatches>", "</d:Hello>").encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((address, 0))
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        out.sendto(payload, (GROUP, WS_PORT))
    print(len(payload))


def ip(*args, check=True):
    subprocess.run(["ip", *args], check=check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def work(simcam):
    """Puts everything up, waits for the end of standard input, takes it down."""
    near, far = f"atalaya-near-{os.getpid()}", f"atalaya-far-{os.getpid()}"
    children = []
    try:
        for name in (near, far):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", near, "link", "add", "lan0", "type", "veth", "peer", "name", "lan1", "netns", far)
        ip("-n", near, "addr", "add", SCANNER + "/24", "dev", "lan0")
        for address in [camera[0] for camera in SIMCAMS] + [*DIALECTS, *hosts()]:
            ip("-n", far, "addr", "add", address + "/24", "dev", "lan1")
        for name, link in ((near, "lan0"), (far, "lan1")):
            ip("-n", name, "link", "set", link, "up")
            ip("-n", name, "route", "add", "224.0.0.0/4", "dev", link)

        def start(*args, stdin=None):
            child = subprocess.Popen(["ip", "netns", "exec", far, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            if stdin:
                child.stdin.write(stdin)
                child.stdin.flush()
                child.stdin.close()
            children.append(child)
            return child

        start(sys.executable, os.path.abspath(__file__), "--inside")
        for address, port, login, faults in SIMCAMS:
            args = [simcam, "--json", "simcam", "--count", "1", "--bind", address, "--first-port", str(port)]
            args += ["--user", "ana", "--password-stdin"] if login else []
            for fault in faults:
                args += ["--fault", fault]
            start(*args, stdin=b"secreto\n" if login else None)
        for child in children:
            if not child.stdout.readline():
                raise RuntimeError(f"{child.args} did not start")
        cameras = [camera[0] for camera in SIMCAMS] + list(DIALECTS)
        others = list(hosts())
        print(json.dumps({"scanner": near, "hosts": far, "network": NET + "0/24", "cameras": cameras, "others": others}), flush=True)
        sys.stdin.read()
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()
        for name in (near, far):
            ip("netns", "delete", name, check=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--simcam")
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("--forge", type=int)
    parser.add_argument("--hello", action="store_true")
    args = parser.parse_args()
    if args.forge:
        return forge(args.forge)
    if args.hello:
        return hello()
    if args.inside:
        asyncio.run(inside())
        return 0
    # The work is a child's, so that it still notices the end of standard input when this process is killed.
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        work(args.simcam)
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
