import { describe, expect, it } from "vitest";
import { pushLake } from "../../../runtime/push.ts";

function lakeOf(entries: Record<string, string>) {
  const objects = new Map<string, Uint8Array>(
    Object.entries(entries).map(([key, text]) => [key, new TextEncoder().encode(text)]),
  );
  const puts: string[] = [];
  return {
    objects,
    puts,
    get: (key: string) => Promise.resolve(objects.get(key)),
    list: (prefix: string) => Promise.resolve([...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted()),
    async putIfAbsent(key: string, bytes: Uint8Array): Promise<"created" | "exists"> {
      puts.push(key);
      await Promise.resolve();
      if (objects.has(key)) return "exists";
      objects.set(key, bytes);
      return "created";
    },
  };
}

const ours = {
  "tables/jobs/dt=2026-11-01/a.parquet": "part",
  "raw/s/dt=2026-11-01/a.zst": "raw",
  "quarantine/s/a.json": "no",
};

describe("pushing a lake", () => {
  it("creates what is not there, counts it, and sends the raw bytes before the tables", async () => {
    const to = lakeOf({});
    expect(await pushLake({ from: lakeOf(ours), to, parallel: 1 })).toEqual({
      objects: 3,
      created: 3,
      existing: 0,
      bytes: 9,
      unseen: 0,
    });
    expect(to.puts).toEqual([
      "raw/s/dt=2026-11-01/a.zst",
      "quarantine/s/a.json",
      "tables/jobs/dt=2026-11-01/a.parquet",
    ]);
  });

  // Recorded reports go back to 2013; what is stored and never found must at least be said.
  it("counts the parts of days that Athena's tables do not reach back to", async () => {
    const from = lakeOf({
      ...ours,
      "tables/climate_reports/dt=2013-01-03/a.parquet": "old",
      "raw/recordings/dt=2013-01-03/a.zst": "raw",
    });
    expect(await pushLake({ from, to: lakeOf({}), parallel: 1 })).toMatchObject({ created: 5, unseen: 1 });
  });

  it("never overwrites, and sends nothing that is listed there", async () => {
    const to = lakeOf({ "raw/s/dt=2026-11-01/a.zst": "theirs" });
    expect(await pushLake({ from: lakeOf(ours), to, parallel: 4 })).toMatchObject({ created: 2, existing: 1 });
    expect(new TextDecoder().decode(to.objects.get("raw/s/dt=2026-11-01/a.zst"))).toBe("theirs");
    expect(to.puts).not.toContain("raw/s/dt=2026-11-01/a.zst");
  });

  it("counts what somebody else created meanwhile as existing", async () => {
    const to = lakeOf(ours);
    expect(
      await pushLake({ from: lakeOf(ours), to: { ...to, list: () => Promise.resolve([]) }, parallel: 2 }),
    ).toMatchObject({ created: 0, existing: 3, bytes: 0 });
  });

  it("goes on where an interrupted push stopped", async () => {
    const to = lakeOf({});
    let left = 1;
    const breaking = {
      ...to,
      putIfAbsent: (key: string, bytes: Uint8Array) =>
        left-- > 0 ? to.putIfAbsent(key, bytes) : Promise.reject(new Error("connection lost")),
    };
    await expect(pushLake({ from: lakeOf(ours), to: breaking, parallel: 1 })).rejects.toThrow("connection lost");
    expect(await pushLake({ from: lakeOf(ours), to, parallel: 2 })).toMatchObject({ created: 2, existing: 1 });
    expect([...to.objects.keys()].toSorted()).toEqual(Object.keys(ours).toSorted());
  });

  it("refuses a lake with keys outside of its folders, and sends nothing", async () => {
    const to = lakeOf({});
    const from = lakeOf({ ...ours, "secrets.json": "{}" });
    await expect(pushLake({ from, to, parallel: 2 })).rejects.toThrow(
      /outside of raw\/, quarantine\/, tables\/: secrets\.json/,
    );
    expect(to.puts).toEqual([]);
  });
});
