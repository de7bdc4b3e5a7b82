/** What a caller does with openapi-fetch and the types of openapi-typescript. */

import createClient from "openapi-fetch";
import type { components, paths } from "./coaster.js";

type FitRequest = components["schemas"]["FitRequest"];
const client = createClient<paths>({ baseUrl: process.argv[2]! });
const points = { t: [0, 1, 2, 3, 4], y: [9.1, 4.2, 1.8, 2.3, 5.1] };
const body: FitRequest = { data: points, steps: 10, seed: 42 };

const fitted = (await client.POST("/fit", { body })).data!;
const { error } = await client.POST("/fit", {
  body: { data: { t: [0, 1, 2], y: [1, 3] }, lr: 0.1 },
});
const picture = await client.POST("/fit/picture", {
  body: { synthetic: {}, seed: 42 },
  parseAs: "text",
});

let job = (await client.POST("/jobs", { body })).data!;
const path = { id: job.id };
while (job.status === "queued" || job.status === "running") {
  await new Promise((wake) => setTimeout(wake, 100));
  job = (await client.GET("/jobs/{id}", { params: { path } })).data!;
}
const result = (await client.GET("/jobs/{id}/result", { params: { path } })).data!;
if (!("outcome" in result)) throw new Error("The job is not a fit.");

// @ts-expect-error: a request needs points
export const none: FitRequest = { steps: 10 };

console.log(
  JSON.stringify({
    params: fitted.params,
    converged: fitted.converged,
    verdict: fitted.verdict.message.en,
    code: error?.code,
    picture: picture.data?.slice(0, 5),
    job: result.params,
  }),
);
