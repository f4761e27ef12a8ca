/** Work that cannot succeed however often it is tried. Its message is parked with this reason. */
export class Permanent extends Error {
  override name = "Permanent";
}
