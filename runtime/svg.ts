/** Observable Plot without a browser: a plot's options in, the text of an SVG file out. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

const TITLE_HEIGHT = 30;

/** What a plot is about, and what it is held against. */
export const blue = "#2f6db3";
export const orange = "#d9701e";
export const grey = "#888888";

/** The plot with a title above it, of the plot's size and the title's height. Without legends, which are HTML. */
export function plotSvg(title: string, options: Plot.PlotOptions & { width: number; height: number }): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const plot = Plot.plot({
    marginTop: 44,
    style: { background: "white", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    ...options,
    document,
  });
  const { width, height } = options;
  plot.setAttribute("xmlns", SVG_NAMESPACE);
  // Plot puts the axes' labels at the very top: the title gets room of its own above them.
  plot.setAttribute("height", String(height + TITLE_HEIGHT));
  plot.setAttribute("viewBox", `0 ${-TITLE_HEIGHT} ${width} ${height + TITLE_HEIGHT}`);
  const heading = document.createElementNS(SVG_NAMESPACE, "text");
  heading.setAttribute("x", "12");
  heading.setAttribute("y", "-10");
  heading.setAttribute("text-anchor", "start");
  heading.setAttribute("font-size", "14");
  heading.setAttribute("font-weight", "bold");
  heading.textContent = title;
  plot.append(heading);
  return `${plot.outerHTML}\n`;
}

/** A plot as a file. */
export interface NamedPlot {
  /** With its ending. */
  name: string;
  svg: string;
}

/** @returns the files, in the folder, which is made when absent */
export function writePlots(folder: string, plots: readonly NamedPlot[]): string[] {
  mkdirSync(folder, { recursive: true });
  return plots.map(({ name, svg }) => {
    const file = join(folder, name);
    writeFileSync(file, svg);
    return file;
  });
}
