/**
 * Owns the decoder's self-test: whether H.264 goes in and pictures come out. `isConfigSupported` says yes where no
 * decoder is installed (WebKitGTK without GStreamer's libav).
 */
import { fromBase64 } from './protocol';

/**
 * One 64x64 key picture, Constrained Baseline, Annex B with its parameter sets. Made with
 * `ffmpeg -f lavfi -i color=c=0x303030:s=64x64,drawbox=8:8:24:24:white:fill,drawbox=36:36:20:20:0x909090:fill
 *  -frames:v 1 -c:v libx264 -profile:v baseline -qp 30 -bsf:v filter_units=remove_types=6 out.h264`.
 */
const KEY_PICTURE =
  'AAAAAWdCwArZBCbARAAAAwAEAAADAAg8SJkgAAAAAWjLgRLIAAABZYiEPyYDgACCIAAIFIAGjfP/8P8hOut11/j/+R/+OH8PeKAAIB3+H/kXX/8MA5P+AfyQ';

const TIMEOUT_MS = 2000;

/** Whether the decoder gave the test picture back in time. */
export async function decodesH264(): Promise<boolean> {
  if (typeof VideoDecoder === 'undefined' || typeof EncodedVideoChunk === 'undefined') return false;
  return new Promise<boolean>((resolve) => {
    let decoder: VideoDecoder | null = null;
    const finish = (ok: boolean) => {
      clearTimeout(timer);
      if (decoder && decoder.state !== 'closed') decoder.close();
      decoder = null;
      resolve(ok);
    };
    const timer = setTimeout(() => finish(false), TIMEOUT_MS);
    try {
      decoder = new VideoDecoder({
        output: (frame) => {
          const ok = frame.codedWidth >= 64 && frame.codedHeight >= 64;
          frame.close();
          finish(ok);
        },
        error: () => finish(false),
      });
      decoder.configure({ codec: 'avc1.42C00A', codedWidth: 64, codedHeight: 64, optimizeForLatency: true });
      decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: fromBase64(KEY_PICTURE) }));
      decoder.flush().catch(() => finish(false));
    } catch {
      finish(false);
    }
  });
}
