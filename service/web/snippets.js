// @ts-check
/** The request of what is shown, ready to be run elsewhere. */

/**
 * The same call as text for a shell, for Python with httpx, and for JavaScript; each prints the verdict and the curve.
 * The shell reads its own as a document: an argument has no room for many points.
 * A request has objects, lists, numbers and names only, which Python and JavaScript write as JSON does.
 * @param {Record<string, any>} request
 * @param {string} service where it is served, without a slash at its end
 */
export function snippets(request, service) {
  const body = laid(request);
  return {
    curl: `curl -s ${service}/fit -H "Content-Type: application/json" -d @- <<'END'\n${body}\nEND\n`,
    python: `import httpx\n\nrequest = ${body}\nfit = httpx.post("${service}/fit", json=request, timeout=30).raise_for_status().json()\nprint(fit["verdict"]["message"]["en"])\nprint(fit["params"], fit["loss"])\n`,
    javascript: `const response = await fetch("${service}/fit", {\n  method: "POST",\n  headers: { "Content-Type": "application/json" },\n  body: JSON.stringify(${body}),\n});\nconst fit = await response.json();\nconsole.log(fit.verdict.message.en);\nconsole.log(fit.params, fit.loss);\n`,
  };
}

/**
 * JSON with a field a line.
 * @param {Record<string, any>} request
 */
function laid(request) {
  const fields = Object.entries(request).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${spaced(JSON.stringify(value))}`,
  );
  return `{\n${fields.join(",\n")}\n}`;
}

/** @param {string} json */
function spaced(json) {
  return json.replace(/([,:])/g, "$1 ");
}
