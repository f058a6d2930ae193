const OLDEST = [20, 19];

/** Ends the process with one line where Node is too old. The syntax here is what old ones can read. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    process.stderr.write(`flotilla needs Node ${OLDEST.join('.')} or newer; this is ${process.version}\n`);
    process.exit(1);
  }
}
