#!/usr/bin/env python3
"""Reads an ONVIF device with PyPI's onvif-zeep and prints what it found as one JSON line.

Usage: onvif_zeep_client.py PORT USER (password in FOREIGN_PASSWORD). Knows nothing of the device.
"""

import glob
import json
import os
import sys
import sysconfig

from onvif import ONVIFCamera


def wsdl_folder() -> str:
    """Where pip laid the service descriptions of onvif-zeep."""
    for root in (sysconfig.get_paths()["data"], sysconfig.get_paths()["purelib"]):
        for found in glob.glob(os.path.join(root, "**", "devicemgmt.wsdl"), recursive=True):
            return os.path.dirname(found)
    raise SystemExit("onvif-zeep came without its service descriptions")


def main() -> None:
    port, user = int(sys.argv[1]), sys.argv[2]
    camera = ONVIFCamera("127.0.0.1", port, user, os.environ["FOREIGN_PASSWORD"], wsdl_folder())
    info = camera.devicemgmt.GetDeviceInformation()
    media = camera.create_media_service()
    profiles = media.GetProfiles()
    request = media.create_type("GetStreamUri")
    request.ProfileToken = profiles[0].token
    request.StreamSetup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
    ptz = camera.create_ptz_service()
    move = ptz.create_type("AbsoluteMove")
    move.ProfileToken = profiles[0].token
    move.Position = {"PanTilt": {"x": 0.5, "y": 0.0}, "Zoom": {"x": 0.0}}
    ptz.AbsoluteMove(move)
    presets = ptz.GetPresets({"ProfileToken": profiles[0].token})
    imaging = camera.create_imaging_service()
    source = media.GetVideoSources()[0].token
    settings = imaging.GetImagingSettings({"VideoSourceToken": source})
    events = camera.create_events_service()
    subscription = events.CreatePullPointSubscription()
    print(
        json.dumps(
            {
                "manufacturer": info.Manufacturer,
                "serial": info.SerialNumber,
                "profiles": [profile.token for profile in profiles],
                "gop": profiles[0].VideoEncoderConfiguration.H264.GovLength,
                "uri": media.GetStreamUri(request).Uri,
                "presets": len(presets),
                "brightness": settings.Brightness,
                "subscription": subscription.SubscriptionReference.Address._value_1,
            }
        )
    )


main()
