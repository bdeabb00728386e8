// A call as a command for a shell; secrets stand in it as variables, or themselves where that was chosen.

/** Any text as one word of a POSIX shell. */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function curlOf(request, { reveal }) {
  const lines = [`curl --silent --show-error --include --globoff --request ${request.method} ${quoted(request.url)}`];
  for (const { name, value, prefix = "", secret } of request.headers) {
    const hidden = secret && !reveal;
    lines.push(hidden ? `--header "${name}: ${prefix}$${secret}"` : `--header ${quoted(value ? `${name}: ${prefix}${value}` : `${name};`)}`);
  }
  if (request.body) lines.push(`--data-raw ${quoted(reveal ? request.body : (request.bodyShown ?? request.body))}`);
  return lines.join(" \\\n  ");
}
