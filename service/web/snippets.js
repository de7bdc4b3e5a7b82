// @ts-check
/** The request of what is shown, ready to be run elsewhere. */

/** What differs in each where the service asks for a key; COASTER_... would be taken for a setting of the service. */
const KEYED = {
  curl: ' -H "Authorization: Bearer $API_KEY"',
  imports: "import os\n\n",
  python: ', headers={"Authorization": f"Bearer {os.environ[\'API_KEY\']}"}',
  javascript: ', Authorization: "Bearer " + process.env.API_KEY',
};
const OPEN = { curl: "", imports: "", python: "", javascript: "" };

/**
 * The same call as text for a shell, for Python with httpx, and for JavaScript; each prints the verdict and the curve.
 * The shell reads its own as a document: an argument has no room for many points.
 * A request has objects, lists, numbers and names only, which Python and JavaScript write as JSON does.
 * Where the service asks for a key, they read it from the environment, and do not hold it.
 * @param {Record<string, any>} request
 * @param {string} service where it is served, without a slash at its end
 * @param {boolean} keyed whether it asks for a key
 */
export function snippets(request, service, keyed) {
  const body = laid(request);
  const of = keyed ? KEYED : OPEN;
  return {
    curl: `curl -s ${service}/fit -H "Content-Type: application/json"${of.curl} -d @- <<'END'\n${body}\nEND\n`,
    python: `${of.imports}import httpx\n\nrequest = ${body}\nfit = httpx.post("${service}/fit", json=request${of.python}, timeout=30).raise_for_status().json()\nprint(fit["verdict"]["message"]["en"])\nprint(fit["params"], fit["loss"])\n`,
    javascript: `const response = await fetch("${service}/fit", {\n  method: "POST",\n  headers: { "Content-Type": "application/json"${of.javascript} },\n  body: JSON.stringify(${body}),\n});\nconst fit = await response.json();\nconsole.log(fit.verdict.message.en);\nconsole.log(fit.params, fit.loss);\n`,
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
