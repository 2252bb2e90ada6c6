// Reads and changes a hub's registry by a client that `openapi-typescript` has made of its description (docs/api-clients.md).
//
// HUB and TOKEN name the hub's address and the token of a program's account; NODE_EXTRA_CA_CERTS the certificate of the hub's authority.

import createClient from "openapi-fetch";
import type { components, paths } from "./lienthong-hub.js";

type Agency = components["schemas"]["Agency"];
type Purpose = components["schemas"]["Purpose"];

const client = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl: process.env.HUB,
  headers: { authorization: `Bearer ${process.env.TOKEN}` },
});

// Page by page: `next` is what the next page begins behind.
const page = (after: string) =>
  client.GET("/api/v1/registry/agencies", { params: { query: { after, limit: 1 } } });
const agencies: Agency[] = [];
for (let after: string | null = ""; after !== null; ) {
  const { data, error } = await page(after);
  if (error) throw new Error(error.detail);
  agencies.push(...data.items);
  after = data.next;
}

const one = (id: string) => client.GET("/api/v1/registry/agencies/{id}", { params: { path: { id } } });
const agency = (await one(agencies[0]!.id)).data;

// What cannot be done is told as a problem, with a code that never changes its meaning.
const problem = (await one("VN/GOV/KHONG-CO")).error;

// Sent again under the same key, as after a connection that broke, a command is not done again.
const purpose: Purpose = { code: "ket-hon", name: { vi: "Đăng ký kết hôn", en: "Marriage registration" } };
const path = { id: purpose.code };
const put = () =>
  client.PUT("/api/v1/registry/purposes/{id}", {
    params: { path, header: { "If-None-Match": "*", "Idempotency-Key": "ket-hon-1" } },
    body: { members: purpose, reason: "thủ tục mới" },
  });
const done = [await put(), await put()];
const kept = await client.GET("/api/v1/registry/purposes/{id}", { params: { path } });

console.log(
  JSON.stringify({
    agencies: agencies.map((agency) => agency.id),
    agency: agency?.name.vi,
    problem: [problem?.status, problem?.title],
    done: done.map(({ data }) => data?.effects[0]?.outcome),
    kept: kept.data,
  }),
);
