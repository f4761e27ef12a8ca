/** Writes docs/tables.md from schemas/ (`npm run docs`). */
import { writeFileSync } from "node:fs";
import { tablesPage } from "../schemas/emit/docs.ts";
import { tables } from "../schemas/index.ts";
import { views } from "../schemas/views/index.ts";

const page = new URL("../docs/tables.md", import.meta.url);
writeFileSync(page, tablesPage(Object.values(tables), views));
