/** The request as code for other programs. */

/**
 * The parts that send a key. A variable named COASTER_... would look like a setting of the service.
 */
const WITH_KEY = {
  curl: ' -H "Authorization: Bearer $API_KEY"',
  imports: "import os\n\n",
  python: ', headers={"Authorization": f"Bearer {os.environ[\'API_KEY\']}"}',
  javascript: ', Authorization: "Bearer " + process.env.API_KEY',
};
const WITHOUT_KEY = { curl: "", imports: "", python: "", javascript: "" };

/**
 * Returns the request as code that prints the verdict and the curve. The shell reads the request
 * from a here-document, because an argument is too short for many points. If the service requires a
 * key, the code reads it from the environment.
 * @param {Record<string, any>} request
 * @param {string} service its URL without a slash at the end
 * @param {boolean} keyed whether the service requires a key
 */
export function snippets(request, service, keyed) {
  const body = formatted(request);
  const of = keyed ? WITH_KEY : WITHOUT_KEY;
  return {
    curl: `curl -s ${service}/fit -H "Content-Type: application/json"${of.curl} -d @- <<'END'\n${body}\nEND\n`,
    python: `${of.imports}import httpx\n\nrequest = ${body.replaceAll(": true", ": True")}\nfit = httpx.post("${service}/fit", json=request${of.python}, timeout=30).raise_for_status().json()\nprint(fit["verdict"]["message"]["en"])\nprint(fit["params"], fit["loss"])\n`,
    javascript: `const response = await fetch("${service}/fit", {\n  method: "POST",\n  headers: { "Content-Type": "application/json"${of.javascript} },\n  body: JSON.stringify(${body}),\n});\nconst fit = await response.json();\nconsole.log(fit.verdict.message.en);\nconsole.log(fit.params, fit.loss);\n`,
  };
}

/**
 * Formats JSON with one field per line.
 * @param {Record<string, any>} request
 */
function formatted(request) {
  const fields = Object.entries(request).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${spaced(JSON.stringify(value))}`,
  );
  return `{\n${fields.join(",\n")}\n}`;
}

/** @param {string} json */
function spaced(json) {
  return json.replace(/([,:])/g, "$1 ");
}
