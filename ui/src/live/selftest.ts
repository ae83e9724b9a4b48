/**
 * Owns what the webview finds out about itself before it says hello: whether its H.264 decoder gives pictures
 * back (`isConfigSupported` says yes where no decoder is installed), and whether a graphics processor draws.
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

/** Renderers that are the processor in disguise. */
const SOFTWARE = /llvmpipe|softpipe|swiftshader|software|swrast|basic render|warp/i;

/** Whether the renderer named is a graphics processor. */
export function isHardware(renderer: string): boolean {
  return renderer !== '' && !SOFTWARE.test(renderer);
}

/** The name of what draws; empty without WebGL. */
export function rendererName(): string {
  try {
    const gl = new OffscreenCanvas(1, 1).getContext('webgl') as WebGLRenderingContext | null;
    if (!gl) return '';
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    const name = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}
