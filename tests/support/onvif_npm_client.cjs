/**
 * Reads an ONVIF device with npm's `onvif` and prints what it found as one JSON line.
 * Usage: onvif_npm_client.cjs PORT USER (password in FOREIGN_PASSWORD, package in NODE_PATH). Knows nothing of the device.
 */
const { Cam } = require('onvif');

const ask = (work) =>
  new Promise((resolve, reject) => work((error, answer) => (error ? reject(error) : resolve(answer))));

async function main() {
  const [port, username] = [Number(process.argv[2]), process.argv[3]];
  const options = { hostname: '127.0.0.1', port, username, password: process.env.FOREIGN_PASSWORD };
  const cam = await new Promise((resolve, reject) => {
    const made = new Cam(options, (error) => (error ? reject(error) : resolve(made)));
  });
  const info = await ask((done) => cam.getDeviceInformation(done));
  const stream = await ask((done) => cam.getStreamUri({ protocol: 'RTSP' }, done));
  await ask((done) => cam.absoluteMove({ x: -0.5, y: 0, zoom: 0 }, done));
  const presets = await ask((done) => cam.getPresets({}, done));
  const imaging = await ask((done) => cam.getImagingSettings({}, done));
  console.log(
    JSON.stringify({
      manufacturer: info.manufacturer,
      serial: info.serialNumber,
      profiles: cam.profiles.map((profile) => profile.$.token),
      uri: stream.uri,
      presets: Object.keys(presets).length,
      brightness: imaging.brightness,
    }),
  );
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
