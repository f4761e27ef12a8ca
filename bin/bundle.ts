/** Bundles every function into dist/functions/<name>/index.mjs, in one esbuild call. */
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const root = dirname(import.meta.dirname);

/** The names of the functions: every folder of functions/ with a handler. */
export function functionNames(): string[] {
  return readdirSync(join(root, "functions"), { recursive: true, encoding: "utf8" })
    .filter((path) => /^[^/\\]+[/\\]handler\.ts$/.test(path))
    .map((path) => dirname(path))
    .sort();
}

/**
 * Some dependencies are CommonJS and call `require` for what Node itself has; an ES module has none.
 * Bundled with the SDK, so that the very same file runs on a laptop and in AWS, whatever SDK the runtime brings.
 */
const banner = `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`;

/** Errors of the SDK that the adapters tell from the others, by class. */
const errorsRead = new Set(
  globSync("adapters/aws/*.ts", { cwd: root }).flatMap((path) =>
    readFileSync(join(root, path), "utf8").match(/\b[A-Z]\w+\b/g),
  ),
);

/**
 * Every client registers a class for each of its errors, the parameter store alone 140. Those that nobody reads come as
 * the service's own exception instead, with their name: 30 KB less, 60 where there is a secret.
 */
function withoutUnreadErrors(text: string): string {
  return text.replaceAll(/^n\d+_registry\.registerError\((\w+)\$.*$/gm, (line, name: string) =>
    errorsRead.has(name) ? line : "",
  );
}

/**
 * The SDK's shapes of all operations stand in one file a service, as lists with computed keys: `{ [_hH]: … }` where
 * `const _hH = "httpHeader"`. A computed key may call code, so esbuild keeps every shape, 68 KB for S3 alone. With the
 * names written out only the shapes of the commands in use stay.
 */
const writeShapeNamesOut: Plugin = {
  name: "write-shape-names-out",
  setup(esbuild) {
    esbuild.onLoad({ filter: /[/\\]dist-es[/\\].*schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const names = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"\n]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      return {
        contents: withoutUnreadErrors(text).replaceAll(
          /\[(_\w+)\]:/g,
          (key, name: string) => `${names.get(name) ?? key}:`,
        ),
        loader: "js",
      };
    });
  },
};

/**
 * Where the SDK looks for credentials after the environment, each imported when it comes to that. In Lambda they are
 * in the environment, so these are never reached: 100 KB less.
 */
const otherCredentials = ["ini", "login", "process", "sso", "web-identity", "http"].map(
  (kind) => `@aws-sdk/credential-provider-${kind}`,
);

/** Writes <dist>/functions/<name>/index.mjs for each function and <dist>/meta.json with what went into each. */
export async function bundle(dist: string): Promise<Metafile> {
  rmSync(join(dist, "functions"), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(functionNames().map((name) => [`${name}/index`, `functions/${name}/handler.ts`])),
    outdir: join(dist, "functions"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // The ES module builds of the SDK are the ones that esbuild can take apart.
    mainFields: ["module", "main"],
    banner: { js: banner },
    plugins: [writeShapeNamesOut],
    external: [...otherCredentials, "@smithy/credential-provider-imds"],
    // Its own file, not part of the asset: source maps and metadata multiply what is uploaded.
    metafile: true,
    logLevel: "warning",
  });
  writeFileSync(join(dist, "meta.json"), JSON.stringify(metafile));
  return metafile;
}

if (import.meta.main) await bundle(join(root, "dist"));
