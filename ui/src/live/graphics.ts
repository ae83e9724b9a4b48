/**
 * Owns whether a graphics processor draws. Where the webview names its renderer, the name tells; WebKit calls every
 * one of them "Apple GPU", llvmpipe too (seen in WebKitGTK 2.50), so there a small picture is drawn against the clock.
 * Must run on the page: WebKitGTK has no WebGL in a worker.
 */

/** What was found out about drawing. */
export interface Graphics {
  /** What WebGL calls its renderer; empty without WebGL. */
  renderer: string;
  /** Milliseconds that the test picture took; null where the name was enough. */
  drawMs: number | null;
}

/** Renderers that are the processor in disguise. */
const SOFTWARE = /llvmpipe|softpipe|swiftshader|software|swrast|basic render|warp/i;
/** Names that stand for any renderer. */
const MASKED = /^apple gpu$|^webkit webgl$/i;
/** About one thousand million operations: 3 to 15 ms for a small graphics processor, over 50 ms for two processor cores. */
const FAST_MS = 25;
const SIDE = 1024;
const ROUNDS = 256;

/** Whether a graphics processor draws, or something as quick. */
export function hasGpu({ renderer, drawMs }: Graphics): boolean {
  if (renderer === '' || SOFTWARE.test(renderer)) return false;
  return MASKED.test(renderer) ? drawMs !== null && drawMs <= FAST_MS : true;
}

/** Looks at the webview's WebGL. */
export function probeGraphics(): Graphics {
  try {
    const canvas = document.createElement('canvas');
    canvas.width = SIDE;
    canvas.height = SIDE;
    const gl = canvas.getContext('webgl', { antialias: false, depth: false });
    if (!gl) return { renderer: '', drawMs: null };
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? '');
    const drawMs = MASKED.test(renderer) ? draw(gl) : null;
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    return { renderer, drawMs };
  } catch {
    return { renderer: '', drawMs: null };
  }
}

function draw(gl: WebGLRenderingContext): number | null {
  const program = gl.createProgram();
  const add = (type: number, source: string) => {
    const shader = gl.createShader(type);
    if (!shader) return;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  };
  add(gl.VERTEX_SHADER, 'attribute vec2 p; void main() { gl_Position = vec4(p, 0.0, 1.0); }');
  add(
    gl.FRAGMENT_SHADER,
    `precision highp float;
     void main() {
       vec2 z = gl_FragCoord.xy / ${SIDE}.0;
       for (int i = 0; i < ${ROUNDS}; i++) z = vec2(z.x * 0.999 + z.y * 0.013, z.y * 0.998 - z.x * 0.011);
       gl_FragColor = vec4(z, 0.5, 1.0);
     }`,
  );
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's, not React's.
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  const pixel = new Uint8Array(4);
  let best: number | null = null;
  // The first one pays for compiling; reading a pixel back waits for the drawing.
  for (let i = 0; i < 4; i += 1) {
    const start = performance.now();
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    const took = performance.now() - start;
    if (i > 0) best = Math.min(best ?? took, took);
    if (took > 20 * FAST_MS) return took;
  }
  return best;
}
